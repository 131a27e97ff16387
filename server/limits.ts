/** Accepted by API Gateway and Lambda together (DESIGN §4). */
export const bodyLimitBytes = 6_000_000;

/** Deeper JSON is refused before it is parsed. */
export const deepestJson = 64;

/** API Gateway ends a streamed response after 15 minutes; we end ten seconds earlier, by our own hand. */
export const longestCallMs = 890_000;
