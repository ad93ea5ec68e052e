import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latin1 } from '../../src/bytes/text.js';
import { openEntity, parseEntity } from '../../src/mime/entity.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { hasOpenssl } from '../support/peers.js';

const folder = corpusPath('cms-smime/thunderbird/smime');
const signed = hasCorpus
  ? readdirSync(folder).filter(
      (name) =>
        /\.eml$/.test(name) &&
        /^Content-Type: multipart\/signed/im.test(
          readFileSync(join(folder, name), 'latin1').split(/\r?\n\r?\n/, 1)[0] ?? '',
        ),
    )
  : [];

describe.skipIf(!hasCorpus || !hasOpenssl)('signed mails of Thunderbird’s tests', () => {
  it('are there', () => {
    expect(signed.length).toBeGreaterThan(2);
  });

  it.each(signed)('%s: OpenSSL takes the same bytes for signed', (name) => {
    const path = join(folder, name);
    const opened = openEntity(parseEntity(readFileSync(path)));
    const part = opened.multipart?.parts[0];
    expect(opened.multipart?.parts).toHaveLength(2);
    const verified = spawnSync('openssl', ['cms', '-verify', '-noverify', '-inform', 'SMIME', '-in', path]);
    // OpenSSL prints the first part with CRLF line ends, in which form S/MIME signs it (RFC 8551 §3.1.1).
    const ours = latin1(opened.content, part?.start, part?.end).replace(/\r?\n/g, '\r\n');
    expect(ours).toBe(verified.stdout.toString('latin1'));
  });
});
