/** What is derived (HKDF) from the one root secret of a deployment. */
export interface RootKeys {
  /** First 16 hex characters of SHA-256 over a derived value; written once into the table. */
  readonly fingerprint: string;
  readonly pepper: Buffer;
  readonly pepperId: string;
  readonly checksumKey: Buffer;
  readonly ledgerKey: Buffer;
  readonly sealingKey: Buffer;
}

export interface RootSecret {
  /**
   * Read (or made, on first use) once a process; coalesced.
   * @throws GatewayError 503 `root_secret_mismatch` when the table knows another fingerprint than the parameter gives.
   */
  keys(): Promise<RootKeys>;
}
