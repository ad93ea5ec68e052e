import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { siplens } from '../support/command.js';
import { DRAFT_TEXT, hasDraftText } from '../support/corpus.js';

/** The dump of §6.1 without the indent of the text and what the page break put between. */
function draftLines(): string[] {
  const lines = readFileSync(DRAFT_TEXT, 'latin1').split(/\r?\n/);
  const start = lines.findIndex((line) => line.startsWith('   New TCP connection #1'));
  const end = lines.findIndex((line, index) => index > start && line.includes('S>C  TCP FIN'));
  return lines
    .slice(start, end + 1)
    .filter((line) => line.startsWith('   '))
    .map((line) => line.slice(3).trimEnd());
}

describe('flow --style ssldump', () => {
  const flow = (...options: string[]): string[] => {
    const { status, stdout } = siplens([
      'flow',
      'samples/tls-message.pcap',
      '--style',
      'ssldump',
      ...options,
    ]);
    expect(status).toBe(0);
    return stdout.trimEnd().split('\n');
  };

  it.skipIf(!hasDraftText())('prints the draft’s §6.1, line for line', () => {
    const expected = draftLines();
    expect(expected).toHaveLength(49);
    expect(flow()).toEqual(expected);
  });

  it('has the lines of the draft that tell the steps', () => {
    // §6.1, copied: times, directions, versions and lengths as the authors' ssldump had them.
    const steps = [
      'New TCP connection #1: 127.0.0.1(55768) <-> 127.0.0.1(5061)',
      '1 1  0.0060 (0.0060)  C>SV3.1(49)  Handshake',
      '1 2  0.0138 (0.0077)  S>CV3.1(74)  Handshake',
      '1 3  0.0138 (0.0000)  S>CV3.1(1477)  Handshake',
      '1 4  0.0138 (0.0000)  S>CV3.1(4)  Handshake',
      '1 5  0.0183 (0.0045)  C>SV3.1(134)  Handshake',
      '1 6  0.0183 (0.0000)  C>SV3.1(1)  ChangeCipherSpec',
      '1 7  0.0183 (0.0000)  C>SV3.1(48)  Handshake',
      '1 8  0.0630 (0.0447)  S>CV3.1(1)  ChangeCipherSpec',
      '1 9  0.0630 (0.0000)  S>CV3.1(48)  Handshake',
      '1 10 0.3274 (0.2643)  C>SV3.1(32)  application_data',
      '1 11 0.3274 (0.0000)  C>SV3.1(720)  application_data',
      '1 12 0.3324 (0.0050)  S>CV3.1(32)  application_data',
      '1 13 0.3324 (0.0000)  S>CV3.1(384)  application_data',
      '1    9.2491 (8.9166)  C>S  TCP FIN',
      '1    9.4023 (0.1531)  S>C  TCP FIN',
    ];
    expect(flow().filter((line) => !line.startsWith(' '))).toEqual(steps);
  });

  it('adds what a key opens, and nothing else', () => {
    const plain = flow();
    const opened = flow('-k', 'samples/keys/domain_key_example.net.pem');
    const added = opened.filter((line) => line.trim() === 'Finished');
    expect(added).toHaveLength(2);
    expect(opened.filter((line) => line.trim() !== 'Finished')).toEqual(plain);
  });
});
