import { AwsFault } from '../emulator.ts';

/** 400 `ValidationException`: what DynamoDB calls every request that is understood but not allowed. */
export function invalid(message: string): AwsFault {
  return new AwsFault('ValidationException', message);
}

/** 400 `SerializationException`: JSON of another type than the member has. */
export function unreadable(message: string): AwsFault {
  return new AwsFault('SerializationException', message);
}
