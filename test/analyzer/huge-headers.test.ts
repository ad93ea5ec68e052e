import { describe, expect, it } from 'vitest';
import { HEADER_LIMIT } from '../../src/sip/framing/framer-handler.js';
import { contextOf, request } from '../checks/support.js';
import { analyzeBytes } from '../support/analyze.js';

/** Header lines of about so many bytes in all. */
const lines = (octets: number): string[] => Array.from({ length: Math.ceil(octets / 10) }, () => 'X: aaaaa');

describe('a message file', () => {
  it('may have a header section as long as one of a stream, and no longer', () => {
    const [record] = analyzeBytes(request({ headers: lines(HEADER_LIMIT - 4096) }), contextOf());
    expect(record).toMatchObject({ type: 'sip_message', method: 'MESSAGE' });
    const huge = analyzeBytes(request({ headers: lines(10 * HEADER_LIMIT) }), contextOf());
    expect(huge).toEqual([
      expect.objectContaining({
        type: 'error',
        message: `the SIP message is not read: the header section is larger than the ${HEADER_LIMIT} bytes that are read of one`,
      }),
    ]);
  });

  it('may have a long body', () => {
    const [record] = analyzeBytes(request({ body: 'a'.repeat(2 * HEADER_LIMIT) }), contextOf());
    expect(record).toMatchObject({ type: 'sip_message', body: { length: 2 * HEADER_LIMIT } });
  });

  it('has no message inside with a longer one', () => {
    const inside = request({ headers: lines(2 * HEADER_LIMIT) });
    const outer = request({ headers: ['Content-Type: message/sip'], body: inside });
    const [record] = analyzeBytes(outer, contextOf());
    expect(record?.['findings']).toContainEqual(expect.objectContaining({ rule: 'mime/headers-too-large' }));
  });
});
