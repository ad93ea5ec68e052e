import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SipMessageEvent } from '../../../src/analyzer/events.js';
import { PlainMessage } from '../../../src/analyzer/plain-message.js';
import type {
  AuthenticatedDataCms,
  Cms,
  DigestedDataCms,
  EncryptedDataCms,
  EnvelopedDataCms,
  SignedDataCms,
} from '../../../src/cms/model.js';
import type { Body } from '../../../src/model/body.js';
import { SIP_MESSAGE, TLS_CONNECTION } from '../../../src/report/records/declared/records.js';
import { CSV_COLUMNS, placedFields, RECORD_FIELDS } from '../../../src/report/records/field-names.js';
import { toJson } from '../../../src/report/records/json.js';
import { MessageLines } from '../../../src/report/records/message-line.js';
import { recordReference } from '../../../src/report/records/reference.js';
import { toRecord } from '../../../src/report/records/to-record.js';
import { parseSipMessage } from '../../../src/sip/message.js';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate.js';
import { records, siplens } from '../../support/command.js';
import { must } from '../../support/must.js';
import { ROOT } from '../../support/root.js';

/** Paths of all values in a record; a body within a body is not entered, as in `placedFields`. */
function pathsOf(value: unknown, before = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, before));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = `${before}${name}`;
    const isBodyInBody = path === 'body.parts' || path === 'body.cms.content';
    return inner === undefined ? [] : [path, ...(isBodyInBody ? [] : pathsOf(inner, `${path}.`))];
  });
}

const source = { name: 'made', bytes: new Uint8Array(0) };

function bodyWith(fields: Partial<Body>): Body {
  return {
    source,
    start: 0,
    end: 10,
    bodyStart: 0,
    contentTypeText: 'application/pkcs7-mime; name="x"',
    headers: [{ name: 'Content-Type', canonicalName: 'content-type', value: 'a\tb' }],
    transferEncoding: 'binary',
    bytes: new Uint8Array([1, 2, 255]),
    parts: [],
    identities: [],
    mistakes: [],
    faults: [],
    ...fields,
  };
}

const head = { contentTypeOid: '1.2', encodingForm: 'ber', faults: [] } as const;

function signedWith(certificate: Certificate): SignedDataCms {
  const signer: SignedDataCms['signers'][number] = {
    issuer: 'CN=\u202e"issuer"',
    serialNumber: '01',
    subjectKeyIdentifier: 'abcd',
    digestAlgorithm: 'sha256',
    digestAlgorithmOid: '2.16',
    digestParameters: 'absent',
    signatureAlgorithm: 'rsaEncryption',
    signatureAlgorithmOid: '1.2',
    signature: 'valid',
    reason: 'The signature is valid.',
    certificate,
    chain: {
      status: 'revoked',
      reason: 'It was revoked.',
      path: [],
      revocation: {
        status: 'revoked',
        reason: 'It was revoked.',
        date: '2024-01-01T00:00:00Z',
        cause: 'keyCompromise',
      },
    } as never,
    signedAttributes: [],
    unsignedAttributes: [],
    countersignatures: [],
  };
  return {
    ...head,
    contentType: 'signed_data',
    detached: true,
    digestAlgorithms: ['sha256'],
    certificates: [certificate],
    crlCount: 0,
    crls: [],
    signers: [signer],
  };
}

const enveloped: EnvelopedDataCms = {
  ...head,
  contentType: 'enveloped_data',
  contentEncryptionAlgorithm: 'aes128-CBC',
  contentEncryptionAlgorithmOid: '2.16',
  recipients: [
    {
      kind: 'key_transport',
      issuer: 'CN=issuer',
      serialNumber: '02',
      subjectKeyIdentifier: 'ef',
      keyEncryptionAlgorithm: 'rsaEncryption',
      keyEncryptionAlgorithmOid: '1.2',
    },
  ],
  decryption: { status: 'decrypted', reason: 'It was decrypted.', recipient: 'key.pem' },
  certificates: [],
};

const digested: DigestedDataCms = {
  ...head,
  contentType: 'digested_data',
  digestAlgorithm: 'sha256',
  digest: 'valid',
  reason: 'The digest is right.',
};

const authenticated: AuthenticatedDataCms = {
  ...head,
  contentType: 'authenticated_data',
  macAlgorithm: 'hmacWithSHA256',
  recipients: enveloped.recipients,
  mac: 'invalid',
  reason: 'The MAC does not fit.',
  attributes: [],
};

const sealed: EncryptedDataCms = {
  ...head,
  contentType: 'encrypted_data',
  contentEncryptionAlgorithm: 'aes128-CBC',
  contentEncryptionAlgorithmOid: '2.16',
  decryption: { status: 'no_key', reason: 'No key was given.' },
};

/** A verdict on a PASSporT with all that one can have. */
function identities(certificate: Certificate): NonNullable<SipMessageEvent['identityHeaders']> {
  const { chain } = signedWith(certificate).signers[0] ?? {};
  const token = (orig: object) =>
    ({
      kind: 'passport',
      compact: false,
      header: {},
      claims: { attest: 'A', iat: 5, orig, dest: { tn: ['123'], uri: ['sip:b@h'] } },
      texts: [],
      signature: new Uint8Array(64),
      algorithm: 'ES256',
      ppt: 'shaken',
      breaches: [],
    }) as const;
  const common = { status: 'valid', severity: 'info', reason: 'It "holds".', breaches: [] } as const;
  return [
    { header: token({ tn: '123' }), ...common, certificate, ...(chain === undefined ? {} : { chain }) },
    { header: token({ uri: 'sip:a@h' }), ...common },
    { header: { kind: 'malformed', reason: 'it is odd' }, ...common, status: 'invalid' },
  ];
}

function made(
  startLine: string,
  body: Body | undefined,
  identityHeaders: SipMessageEvent['identityHeaders'] = [],
): { event: SipMessageEvent; plain: PlainMessage } {
  const bytes = Buffer.from(
    `${startLine}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: "A" <sip:a@h>;tag=1\r\nTo: "B" <sip:b@h>;tag=2\r\n` +
      `${identityHeaders.map(() => 'Identity: x\r\n').join('')}Call-ID: 1\r\nCSeq: 1 MESSAGE\r\n` +
      'Content-Type: application/pkcs7-mime\r\nContent-Length: 3\r\n\r\nxyz',
  );
  const plain = new PlainMessage();
  expect(plain.read(bytes)).toBe(true);
  const event: SipMessageEvent = {
    type: 'sip_message',
    file: 'f',
    frame: { number: 1, seconds: 1, nanoseconds: 5, timeDigits: 9 },
    frames: [1],
    transport: 'udp',
    source: { address: '192.0.2.1', port: 1 },
    destination: { address: '192.0.2.2', port: 2 },
    tcpStream: 3,
    tls: undefined,
    message: must(parseSipMessage(bytes)),
    framingFaults: [],
    body,
    identityHeaders,
    findings: [{ rule: 'a/b', severity: 'note', summary: 's', reference: 'r', where: 'w' }],
  };
  return { event, plain };
}

describe('the declaration of a sip_message', () => {
  const pem = readFileSync(`${ROOT}samples/certs/user_cert_fluffy@example.com.pem`, 'latin1');
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const certificate = { ...must(parseCertificate(der)), extendedKeyUsage: ['1.2.3'] };
  const withCms = (cms: Cms): Body =>
    bodyWith({
      cms,
      identities: [{ status: 'match', expected: 'sip:a@h', found: ['a@h'], reason: 'It matches.' }],
      content: bodyWith({ bytes: Buffer.from('text') }),
    });
  const bodies = [
    withCms(signedWith(certificate)),
    withCms(enveloped),
    withCms(digested),
    withCms(authenticated),
    withCms(sealed),
    bodyWith({ parts: [bodyWith({})] }),
    bodyWith({ bytes: Buffer.from('text "quoted"') }),
    bodyWith({}),
    bodyWith({ bytes: Buffer.from('a longer text'), maxShown: 4 }),
  ];

  it('has no field that the two ways to write a record leave out or write differently', () => {
    const lines = new MessageLines();
    const seen = new Set<string>();
    for (const startLine of ['MESSAGE sip:b@h SIP/2.0', 'SIP/2.0 200 OK']) {
      for (const [body, identity] of [
        ...bodies.map((body) => [body, []] as const),
        [undefined, []] as const,
        [undefined, identities(certificate)] as const,
      ]) {
        const { event, plain } = made(startLine, body, identity);
        const line = Buffer.from(lines.line(event, plain)).toString();
        expect(line).toBe(toJson(toRecord(event)));
        for (const path of pathsOf(JSON.parse(line))) seen.add(path);
      }
    }
    const declared = placedFields(SIP_MESSAGE.fields).map(({ path }) => path);
    expect(declared.filter((path) => !seen.has(path))).toEqual([]);
    expect([...seen].filter((path) => !declared.includes(path))).toEqual([]);
  });

  it('has the fields in the order of the records', () => {
    const all = records(siplens(['export', 'samples/tls-message.pcap', '-k', 'samples/keys']).stdout);
    for (const { name, fields } of [SIP_MESSAGE, TLS_CONNECTION]) {
      const mine = all.filter((record) => record['type'] === name);
      expect(mine.length).toBeGreaterThan(0);
      const order = Object.keys(fields);
      for (const record of mine)
        expect(Object.keys(record)).toEqual(order.filter((field) => record[field] !== undefined));
    }
  });
});

describe('what is made from the declarations', () => {
  it('is the reference page', () => {
    expect(readFileSync(`${ROOT}docs/records.md`, 'utf8')).toBe(recordReference());
  });

  it('has the columns of CSV once each, and every one is a field', () => {
    expect(new Set(CSV_COLUMNS).size).toBe(CSV_COLUMNS.length);
    expect(CSV_COLUMNS.filter((column) => !RECORD_FIELDS.includes(column))).toEqual([]);
    expect(CSV_COLUMNS.slice(0, 4)).toEqual(['type', 'file', 'frame', 'timestamp']);
  });
});
