/** Accepted by API Gateway and Lambda together (DESIGN §4). */
export const bodyLimitBytes = 6_000_000;

/** Deeper JSON is refused before it is parsed. */
export const deepestJson = 64;

/** API Gateway ends a streamed response after 15 minutes; we end ten seconds earlier, by our own hand. */
export const longestCallMs = 890_000;

/** A stream that says nothing for so long gets a comment: load balancers close silent connections, some after 60 s. */
export const pingAfterMs = 15_000;

/** A JSON answer that is not there by then is begun with a space, and sent another after each such silence. */
export const spaceAfterMs = 60_000;

/** Bytes that writing out its `$ref`s may add to one JSON Schema; a longer one is refused, and the reserve counts it. */
export const mostWrittenOutBytes = 100_000;
