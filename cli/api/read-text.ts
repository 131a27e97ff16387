import { UpstreamError } from '../errors.ts';

/** A page of a thousand calls has less than one. */
const mostBytes = 32 * 1024 * 1024;

/**
 * The whole text of an answer, as long as an answer may be: whoever is at the other end does not fill our memory.
 * @throws UpstreamError when it is longer; whatever breaks the connection
 */
export async function readText(response: Response, most = mostBytes): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    // Leaving the loop ends the connection.
    if (bytes > most) throw tooLong(most);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

function tooLong(most: number): UpstreamError {
  return new UpstreamError(`the answer is longer than ${most} bytes, which no answer here is`, {
    hint: 'check that the address is a Pennyworth gateway; ask for fewer rows with --limit',
    code: 'bad_answer',
  });
}
