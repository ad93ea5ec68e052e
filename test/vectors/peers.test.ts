import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasOpenssl, hasTshark } from '../support/peers.js';
import { judge } from './judge.js';
import { output, VectorFolder } from './workshop.js';

let folder: VectorFolder;
beforeAll(async () => {
  folder = await VectorFolder.make();
});
afterAll(() => folder.remove());

const SENDER = 'user_cert_fluffy@example.com.pem';
const RECEIVER_KEY = 'user_key_kumiko@example.net.pem';
const RECEIVER = 'user_cert_kumiko@example.net.pem';
const ROOT = 'root_cert_fluffyCA.pem';

/** Whether a program succeeds. */
function succeeds(program: string, argv: readonly string[], input?: Uint8Array): boolean {
  try {
    output(program, argv, input);
    return true;
  } catch {
    return false;
  }
}

/** The signer's verdict and chain that expected.json gives of the second part. */
function signerOf(name: string): { readonly signature: string } {
  type Part = { readonly cms: { readonly signers: readonly { readonly signature: string }[] } };
  const [record] = (folder.expected(name).files['message.sip']?.records ?? []) as {
    body: { parts: Part[] };
  }[];
  const signer = record?.body.parts[1]?.cms.signers[0];
  if (signer === undefined) throw new Error(`${name} has no signer`);
  return signer;
}

describe.skipIf(!hasOpenssl)('openssl and the vectors', () => {
  it('verifies certificates as expected', () => {
    const at = [
      '-attime',
      String(Date.parse('2026-07-01T12:00:00Z') / 1000),
      '-CAfile',
      folder.certificate(ROOT),
    ];
    for (const name of [
      SENDER,
      RECEIVER,
      'domain_cert_example.net.pem',
      'evil_domain_cert_example.net.pem',
    ]) {
      expect(succeeds('openssl', ['verify', ...at, folder.certificate(name)]), name).toBe(true);
    }
    for (const name of [`expired_${SENDER}`, `unknown_${SENDER}`, 'unknown_domain_cert_example.net.pem']) {
      expect(succeeds('openssl', ['verify', ...at, folder.certificate(name)]), name).toBe(false);
    }
  });

  const verify = (name: string, part: Buffer): boolean => {
    const partFile = folder.file(name, 'part.bin');
    writeFileSync(partFile, part);
    const known = folder
      .expected(name)
      .use.certificates.flatMap((file) => ['-certfile', folder.file(name, file)]);
    const argv = [
      'cms',
      '-verify',
      '-binary',
      '-inform',
      'DER',
      '-in',
      folder.file(name, 'cms.der'),
      '-content',
      partFile,
    ];
    return succeeds('openssl', [...argv, ...known.slice(0, 2), '-noverify', '-out', '/dev/null']);
  };

  it('finds signatures valid and invalid as expected.json does', () => {
    const signed = folder.names.filter((name) => name.startsWith('signed') && name !== 'signed-opaque');
    const told = signed
      .filter((name) => folder.body(name).part !== undefined)
      .map((name) => {
        const { part } = folder.body(name);
        return [name, verify(name, part as Buffer) ? 'valid' : 'invalid'];
      });
    const expected = told.map(([name = '']) => [name, signerOf(name).signature]);
    // RFC 3370 §2.2 forbids MD5 without NULL; openssl takes it all the same.
    expect(told).toEqual(expected);
    expect(new Set(told.map(([, verdict]) => verdict)).size).toBe(2);
  });

  it('opens the enveloping signature and the signature inside the encryption', () => {
    const argv = [
      'cms',
      '-verify',
      '-binary',
      '-inform',
      'DER',
      '-noverify',
      '-certfile',
      folder.certificate(SENDER),
    ];
    expect(output('openssl', [...argv, '-in', folder.file('signed-opaque', 'cms.der')])).toMatch(
      /\r\n\r\nhello$/,
    );
  });

  it('decrypts what expected.json says is decrypted, and nothing else', () => {
    const argv = ['cms', '-decrypt', '-binary', '-inform', 'DER', '-recip', folder.certificate(RECEIVER)];
    const decrypt = (name: string): string | undefined => {
      try {
        const key = ['-inkey', folder.certificate(RECEIVER_KEY), '-in', folder.file(name, 'cms.der')];
        return output('openssl', [...argv, ...key]);
      } catch {
        return undefined;
      }
    };
    for (const name of ['encrypted', 'encrypted-aes-256', 'encrypted-base64', 'encrypted-3des']) {
      expect(decrypt(name), name).toMatch(/\r\n\r\nhello$/);
    }
    expect(decrypt('invite-encrypted-sdp')).toContain('m=audio 40000 RTP/AVP 0');
    for (const name of [
      'encrypted-wrong-recipient',
      'encrypted-wrong-key',
      'encrypted-truncated',
      'encrypted-lf-to-crlf',
      'encrypted-lf-to-crlf-old-length',
    ]) {
      // openssl answers a wrong key with a random one (against Bleichenbacher's attack): noise may come out.
      expect(decrypt(name) ?? '', name).not.toContain('hello');
    }
  });

  it('makes messages that are judged as ours are', async () => {
    const key = [
      '-signer',
      folder.certificate(SENDER),
      '-inkey',
      folder.certificate('user_key_fluffy@example.com.pem'),
    ];
    const { part } = folder.body('signed');
    const blob = Buffer.from(
      output('openssl', ['cms', '-sign', '-binary', '-nocerts', '-outform', 'DER', ...key], part),
      'latin1',
    );
    const envelope = Buffer.from(
      output(
        'openssl',
        ['cms', '-encrypt', '-binary', '-aes-128-cbc', '-outform', 'DER', folder.certificate(RECEIVER)],
        part,
      ),
      'latin1',
    );
    for (const [name, theirs] of [
      ['signed-attributes', blob],
      ['encrypted', envelope],
    ] as const) {
      const message = folder.read(name, 'message.sip');
      const ours = folder.read(name, 'cms.der');
      const at = message.indexOf(ours);
      const body = message.indexOf('\r\n\r\n') + 4;
      const length = message.length - body - ours.length + theirs.length;
      const head = message
        .subarray(0, body)
        .toString('latin1')
        .replace(/Content-Length: \d+/, `Content-Length: ${length}`);
      const theirMessage = Buffer.concat([
        Buffer.from(head, 'latin1'),
        message.subarray(body, at),
        theirs,
        message.subarray(at + ours.length),
      ]);
      writeFileSync(folder.file(name, 'openssl.sip'), theirMessage);
      const expected = folder.expected(name);
      const answer = expected.files['message.sip'];
      if (answer === undefined) throw new Error('no answer');
      // Sizes and parameters differ; verdicts, plaintext and findings must not.
      const records = JSON.parse(
        JSON.stringify(answer.records, (field, value) =>
          field === 'length' && value !== 5 ? undefined : value,
        ),
      );
      const files = { 'openssl.sip': { ...answer, records } };
      expect(await judge(folder.file(name), { ...expected, files }, 'openssl.sip'), name).toEqual([]);
    }
  });
});

describe.skipIf(!hasTshark)('tshark and the vectors', () => {
  /** Four are damaged on purpose, and in two tshark takes base64 for DER. */
  const MALFORMED = [
    'encrypted-truncated',
    'encrypted-cut-datagram',
    'encrypted-lf-to-crlf',
    'encrypted-lf-to-crlf-old-length',
    'encrypted-base64',
    'signed-base64',
  ];
  /** One run of tshark over these captures, behind one file header; rows of `fields` by vector, frames counted anew. */
  const dissect = (
    names: readonly string[],
    fields: readonly string[],
    ...options: readonly string[]
  ): Map<string, string[][]> => {
    const captures = names.map((name) => folder.read(name, 'capture.pcap'));
    const headers = (captures[0] as Buffer).subarray(0, 24);
    const whole = Buffer.concat([headers, ...captures.map((bytes) => bytes.subarray(24))]);
    writeFileSync(folder.certificate('all.bin'), whole);
    const wanted = fields.flatMap((field) => ['-e', field]);
    const argv = ['-r', folder.certificate('all.bin'), ...options, '-T', 'fields', ...wanted];
    const rows = output('tshark', argv)
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.split('\t'));
    const found = names.map((name, index) => {
      const frames = rows.splice(0, frameCount(captures[index] as Buffer));
      return [name, frames] as const;
    });
    expect(rows).toEqual([]);
    return new Map(found);
  };

  // A run takes tshark most of a second, whatever it reads: tests look at different columns of the same one.
  let everything: Map<string, string[][]> | undefined;
  /** Of each frame: status of the checksums of IP, UDP and TCP (1 is good, 0 is bad), what is malformed, methods. */
  const rowsOf = (names: readonly string[]): string[][] => {
    const layers = ['ip', 'udp', 'tcp'];
    const fields = [...layers.map((layer) => `${layer}.checksum.status`), '_ws.malformed', 'sip.Method'];
    const checks = layers.flatMap((layer) => ['-o', `${layer}.check_checksum:TRUE`]);
    everything ??= dissect(folder.names, fields, ...checks);
    return names.flatMap((name) =>
      (everything?.get(name) ?? []).map((row, index) => [`${name} ${index + 1}`, ...row]),
    );
  };

  it('reads every capture: right checksums, nothing malformed, every message', () => {
    const rows = rowsOf(folder.names);
    const statuses = rows.map(([frame, ip = '', udp = '', tcp = '']) => ({
      frame,
      all: [ip, udp, tcp].flatMap((values) => values.split(',')),
      isGood: ip.split(',').includes('1') && `${udp},${tcp}`.split(',').includes('1'),
    }));
    expect(statuses.filter(({ all }) => all.includes('0'))).toEqual([]);
    expect(statuses.filter(({ isGood }) => isGood).length).toBeGreaterThan(200);
    const whole = folder.names.filter((name) => !MALFORMED.includes(name));
    expect(rowsOf(whole).filter((row) => row[4] !== '')).toEqual([]);
    // One flow has two requests.
    const plain = folder.names.filter((name) => !/^(message-over-)?tls/.test(name));
    expect(rowsOf(plain).filter((row) => row[5] !== '')).toHaveLength(plain.length + 1);
  });

  const VERSIONS = ['1.0', '1.1', '1.2', '1.3'];
  const overTls = (version: string): string => `message-over-tls-${version}`;
  /** What tshark finds inside TLS by the logs of all versions, or by the key: a run each, once. */
  const opened = new Map<string, Map<string, string[][]>>();
  const openedBy = (means: 'key log' | 'key'): Map<string, string[][]> => {
    const known = opened.get(means);
    if (known !== undefined) return known;
    const log = folder.certificate('all-keys.log');
    writeFileSync(log, Buffer.concat(VERSIONS.map((version) => folder.read(overTls(version), 'keys.log'))));
    const key = folder.certificate('domain_key_example.net.pem');
    const option = means === 'key' ? `uat:rsa_keys:"${key}",""` : `tls.keylog_file:${log}`;
    const found = dissect(VERSIONS.map(overTls), ['sip.Method', 'sip.Status-Code'], '-o', option);
    opened.set(means, found);
    return found;
  };

  it.each(VERSIONS)('decrypts the conversation over TLS %s', (version) => {
    const [asked, answered] = (folder.expected(overTls(version)).files['capture.pcap']?.records ?? []) as {
      frame: number;
    }[];
    const wanted = [
      ['MESSAGE', '', asked?.frame],
      ['', '200', answered?.frame],
    ];
    const open = (means: 'key log' | 'key'): unknown[][] =>
      (openedBy(means).get(overTls(version)) ?? []).flatMap(([method, status], index) =>
        method === '' && status === '' ? [] : [[method, status, index + 1]],
      );
    expect(open('key log')).toEqual(wanted);
    if (version !== '1.3') expect(open('key')).toEqual(wanted);
  });
});

/** Packets of a little-endian pcap file. */
function frameCount(capture: Buffer): number {
  let count = 0;
  for (let at = 24; at < capture.length; at += 16 + capture.readUInt32LE(at + 8)) count++;
  return count;
}
