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
export function traced<T>(
  {
    request: { trace },
    requestId,
  }: { readonly request: { readonly trace?: Trace | undefined }; readonly requestId: string },
  name: SegmentName,
  work: () => Promise<T>,
): Promise<T> {
  return trace ? segment(trace.start(name, requestId), work) : work();
}

async function segment<T>(end: EndSegment, work: () => Promise<T>): Promise<T> {
  try {
    const done = await work();
    end(null);
    return done;
  } catch (error) {
    end(faultOf(error));
    throw error;
  }
}
