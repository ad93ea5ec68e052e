import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SipMessageEvent } from '../../src/analyzer/events.js';
import type { Verdict } from '../../src/cms/model.js';
import { securityStyle, securityWords } from '../../src/report/security.js';
import type { ChainStatus } from '../../src/x509/chain.js';
import { siplens } from '../support/command.js';
import { ROOT } from '../support/root.js';

type Identity = 'match' | 'mismatch' | 'unknown' | undefined;

function wordsOf(signature: Verdict, chain: ChainStatus | undefined, identity: Identity): string {
  const signer = { signature, ...(chain === undefined ? {} : { chain: { status: chain } }) };
  const body = {
    parts: [],
    cms: { contentType: 'signed_data', signers: [signer] },
    identities: identity === undefined ? [] : [{ status: identity }],
  };
  return securityWords({ tls: undefined, message: { body: [1] }, body } as unknown as SipMessageEvent);
}

describe('the words on Identity headers', () => {
  it.each([
    ['valid', 'identity ok', 'green'],
    ['invalid', 'identity BAD', 'red'],
    ['unverifiable', 'identity ?', 'yellow'],
  ] as const)('for one that is %s', (status, words, style) => {
    const event = { tls: undefined, message: { body: [] }, identityHeaders: [{ status }] };
    expect(securityWords(event as unknown as SipMessageEvent)).toBe(words);
    expect(securityStyle(words)).toBe(style);
  });
});

describe('the words on who signed', () => {
  // "signed ok" needs all three: mathematics is not trust, and trust in someone is not trust in the sender.
  it.each<[Verdict, ChainStatus | undefined, Identity, string, string]>([
    ['valid', 'valid', 'match', 'signed ok', 'green'],
    ['valid', 'valid', 'mismatch', 'signed, not by the sender', 'red'],
    ['valid', 'no_anchors', 'mismatch', 'signed, not by the sender', 'red'],
    ['valid', 'valid', 'unknown', 'signed, sender not named', 'yellow'],
    ['valid', 'valid', undefined, 'signed, sender not named', 'yellow'],
    ['valid', 'no_anchors', 'match', 'signed, no anchor given', 'yellow'],
    ['valid', undefined, 'match', 'signed, no anchor given', 'yellow'],
    ['valid', 'unknown_issuer', 'match', 'signed, signer not trusted', 'yellow'],
    ['valid', 'bad_signature', 'match', 'signed, signer not trusted', 'yellow'],
    ['valid', 'expired', 'match', 'signed, signer not trusted', 'yellow'],
    ['invalid', 'valid', 'match', 'signed BAD', 'red'],
    ['unverifiable', 'valid', 'match', 'signed ?', 'yellow'],
  ])('for a signature that is %s, a chain that is %s, an identity that is a %s', (...given) => {
    const [signature, chain, identity, words, style] = given;
    expect(wordsOf(signature, chain, identity)).toBe(words);
    expect(securityStyle(words)).toBe(style);
    expect(securityStyle(`TLS 1.2 X; decrypted; ${words}`)).toBe(style);
  });

  it('are not green for what was not decrypted', () => {
    expect(securityStyle('not decrypted')).toBe('yellow');
    expect(securityStyle('decrypted')).toBe('green');
    expect(securityStyle('signed ok; signed, signer not trusted')).toBe('yellow');
  });
});

describe('the words on digests and MACs', () => {
  // Neither says who sent it, so that none is green.
  it.each<[Verdict, string, string]>([
    ['valid', 'ok', 'yellow'],
    ['invalid', 'BAD', 'red'],
    ['unverifiable', '?', 'yellow'],
  ])('that are %s', (verdict, word, style) => {
    const words = (cms: object): string =>
      securityWords({
        tls: undefined,
        message: { body: [1] },
        body: { parts: [], cms, identities: [] },
      } as unknown as SipMessageEvent);
    expect(words({ contentType: 'digested_data', digest: verdict })).toBe(`digest ${word}`);
    expect(words({ contentType: 'authenticated_data', mac: verdict })).toBe(`MAC ${word}`);
    expect(securityStyle(`digest ${word}`)).toBe(style);
    expect(securityStyle(`MAC ${word}`)).toBe(style);
  });

  it('EncryptedData is not decrypted without its key', () => {
    const cms = { contentType: 'encrypted_data', decryption: { status: 'no_key' } };
    const event = { tls: undefined, message: { body: [1] }, body: { parts: [], cms, identities: [] } };
    expect(securityWords(event as unknown as SipMessageEvent)).toBe('not decrypted');
  });
});

describe('a signer whose attached certificate has the name and number of another', () => {
  const folder = `${ROOT}test/checks/fixtures/`;
  const given = ['--cert', `${folder}fluffy.pem`, '--ca', `${folder}root.pem`];

  it('is not ok', () => {
    expect(readFileSync(`${folder}forged-signer.sip`, 'latin1')).toContain('multipart/signed');
    const { stdout } = siplens(['list', `${folder}forged-signer.sip`, ...given]);
    expect(stdout).toContain('signed, signer not trusted');
    expect(stdout).not.toContain('signed ok');
  });

  it('is an error', () => {
    const { status, stdout } = siplens([
      'check',
      `${folder}forged-signer.sip`,
      '--fail-on',
      'error',
      ...given,
    ]);
    expect(stdout).toMatch(/^error +smime\/signer-chain/m);
    expect(status).toBe(1);
  });
});

describe('a message with a part that no signature covers', () => {
  const fixtures = `${ROOT}test/checks/fixtures/`;
  const third = ['third-part.sip', '--ca', 'root.pem'].map((word) =>
    word.startsWith('-') ? word : fixtures + word,
  );

  it('is not ok for a third part in multipart/signed, which is told (RFC 1847 §2.1)', () => {
    const { stdout } = siplens(['list', ...third]);
    expect(stdout).toContain('signed, other parts are not');
    expect(stdout).not.toContain('signed ok');
    const checked = siplens(['check', ...third, '--fail-on', 'error']);
    expect(checked.stdout).toMatch(/^error +mime\/signed-part-count/m);
    expect(checked.status).toBe(1);
  });

  it('is not ok where something stands beside the signed part, and is ok around what is encrypted', () => {
    const leaf = { parts: [] };
    const signer = { signature: 'valid', chain: { status: 'valid' } };
    const signature = {
      parts: [],
      cms: { contentType: 'signed_data', detached: true, signers: [signer] },
      identities: [{ status: 'match' }],
    };
    const enveloped = { parts: [], cms: { contentType: 'enveloped_data', decryption: { status: 'no_key' } } };
    const signed = (...parts: object[]): object => ({ contentType: { subtype: 'signed' }, parts });
    const words = (body: object): string =>
      securityWords({ tls: undefined, message: { body: [1] }, body } as unknown as SipMessageEvent);
    expect(words(signed(leaf, signature))).toBe('signed ok');
    expect(words(signed(enveloped, signature))).toBe('not decrypted; signed ok');
    expect(words({ parts: [signed(leaf, signature), leaf] })).toBe('signed, other parts are not');
    expect(words(signed(leaf, signature, leaf))).toBe('signed, other parts are not');
    const opaque = { ...signature, cms: { ...signature.cms, detached: false }, content: leaf };
    expect(words(opaque)).toBe('signed ok');
    expect(words({ ...enveloped, content: opaque })).toBe('not decrypted; signed ok');
  });
});
