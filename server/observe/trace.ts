import { type Fault, faultOf } from './fault.ts';

/** The parts of a request that its trace shows. */
export type SegmentName = 'auth' | 'admit' | 'upstream' | 'settle';

/** Ends a part. @param fault whose fault it was that it failed; null: it did not */
export type EndSegment = (fault: Fault | null) => void;

/** Where the time of one sampled request went. It holds names and times only: no content, no key, no person. */
export interface Trace {
  start(name: SegmentName, requestId: string): EndSegment;
}

/** The work as a part of the request's trace; just the work where there is none. */
export async function traced<T>(
  {
    request: { trace },
    requestId,
  }: { readonly request: { readonly trace?: Trace | undefined }; readonly requestId: string },
  name: SegmentName,
  work: () => Promise<T>,
): Promise<T> {
  if (!trace) return work();
  const end = trace.start(name, requestId);
  try {
    const done = await work();
    end(null);
    return done;
  } catch (error) {
    end(faultOf(error));
    throw error;
  }
}
