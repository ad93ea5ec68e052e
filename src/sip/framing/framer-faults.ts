/** What SipFramer says of the bounds of a message that parseSipMessage cannot know. Offsets count from its start. */
import type { Fault } from '../../bytes/fault.js';
import { octets } from '../grammar/characters.js';
import { BODY_LIMIT } from '../grammar/content-length.js';
import type { StreamEnd } from './framer-handler.js';

/** `missing` octets of the body did not come, of a message of which `length` did. */
export function bodyNotWhole(end: StreamEnd, missing: number, length: number): Fault {
  const left = `${octets(missing)} before the end of the body that Content-Length announces`;
  const [code, message] =
    end === 'let-go'
      ? ['body-let-go', `siplens let go of the connection ${left}.`]
      : ['body-cut-short', `The stream ends ${left}.`];
  return { code, message, start: length, length: 0, where: 'body' };
}

/** A body that the next start line would end has grown to its limit. */
export function bodyTooLong(length: number): Fault {
  return {
    code: 'body-too-long',
    message: `No start line follows within ${BODY_LIMIT} octets: the body is cut there.`,
    start: length,
    length: 0,
    where: 'body',
  };
}
