import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { DevFile } from './dev-file.ts';
import type { EmulatorService } from './emulator-order.ts';

const Ports = z.record(z.string(), z.number());

/** The folder a local stack keeps everything in. One stack at a time: two would write over each other's logs. */
export class DataFolder {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  /** @throws Error when another stack that still runs has the folder. */
  static open(folder: string): DataFolder {
    const data = new DataFolder(path.resolve(folder));
    mkdirSync(data.path, { recursive: true, mode: 0o700 });
    chmodSync(data.path, 0o700);
    data.#lock();
    return data;
  }

  close(): void {
    rmSync(this.#file('lock'), { force: true });
  }

  readDevFile(): DevFile | undefined {
    return this.#read('dev.json', DevFile);
  }

  /** By rename, so that nobody ever reads half of it. It stays when the stack ends. */
  writeDevFile(file: DevFile): void {
    this.#write('dev.json', `${JSON.stringify(file, null, 2)}\n`);
  }

  readPorts(): Readonly<Record<string, number>> {
    return this.#read('ports.json', Ports) ?? {};
  }

  writePorts(urls: Readonly<Partial<Record<EmulatorService, string>>>): void {
    const ports = Object.entries(urls).map(([service, url]) => [service, Number(new URL(url).port)]);
    this.#write('ports.json', `${JSON.stringify({ ...this.readPorts(), ...Object.fromEntries(ports) })}\n`);
  }

  #lock(): void {
    const file = this.#file('lock');
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        writeFileSync(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
        return;
      } catch {
        const holder = Number(readFileSync(file, 'utf8'));
        if (holder !== process.pid && isAlive(holder)) {
          throw new Error(`${this.path} is in use by process ${holder}; choose another folder with --data`);
        }
        rmSync(file, { force: true });
      }
    }
    throw new Error(`${this.path} cannot be locked; is another stack starting there?`);
  }

  #read<T extends z.core.$ZodType>(name: string, schema: T): z.core.output<T> | undefined {
    const file = this.#file(name);
    if (!existsSync(file)) return undefined;
    try {
      const parsed = z.safeParse(schema, JSON.parse(readFileSync(file, 'utf8')));
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined; // not ours, or older than this version: it is written anew
    }
  }

  #write(name: string, text: string): void {
    const fresh = this.#file(`${name}.${process.pid}.new`);
    writeFileSync(fresh, text, { mode: 0o600 });
    renameSync(fresh, this.#file(name));
  }

  #file(name: string): string {
    return path.join(this.path, name);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
