import { execFile } from 'node:child_process';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../../src/cli/vectors/replay.js';
import { firstHeader, parseSipMessage, type SipMessage } from '../../src/sip/message.js';
import { acknowledgement, addressedRequest, isAnswerTo, judgeAnswer } from '../../src/vectors/answer.js';
import { ROOT } from '../support/root.js';
import { VectorFolder } from './workshop.js';

let folder: VectorFolder;
beforeAll(async () => {
  folder = await VectorFolder.make({}, [
    'signed',
    'signed-changed-byte',
    'invite-encrypted-sdp',
    'tls-wrong-name',
  ]);
});
afterAll(() => folder.remove());

/** A response with the headers of the request that RFC 3261 §8.2.6.2 copies. */
function answer(request: SipMessage, status: string): Buffer {
  const copied = ['via', 'from', 'call-id', 'cseq'].map((name) => {
    const header = firstHeader(request, name);
    return `${name}: ${header?.value}`;
  });
  const to = `${firstHeader(request, 'to')?.value};tag=device`;
  const lines = [
    `SIP/2.0 ${status}`,
    ...copied,
    `To: ${to}`,
    'Contact: <sip:device@127.0.0.1>',
    'Content-Length: 0',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

function read(bytes: Buffer): SipMessage {
  const parsed = parseSipMessage(bytes);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

/** A device on UDP that keeps what it gets and answers with these statuses. */
async function udpDevice(
  ...statuses: string[]
): Promise<{ port: number; got: SipMessage[]; socket: UdpSocket }> {
  const socket = createSocket('udp4');
  const got: SipMessage[] = [];
  socket.on('message', (bytes, from) => {
    const message = read(bytes);
    got.push(message);
    if (message.kind !== 'request' || message.method === 'ACK') return;
    // An answer to somebody else comes first: it must be passed over.
    const stray = answer(message, '200 Stray')
      .toString()
      .replace(/call-id: /, 'call-id: x');
    for (const bytes of [stray, ...statuses.map((status) => answer(message, status))])
      socket.send(bytes, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: socket.address().port, got, socket };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const base = (name: string) => ({
  host: '127.0.0.1',
  request: folder.read(name, 'message.sip'),
  waitMilliseconds: 3000,
});

describe('replay', () => {
  it('sends a vector over UDP with its Via made right, and takes the answer that is its own', async () => {
    const { port, got, socket } = await udpDevice('100 Trying', '200 OK');
    const result = await replay({ ...base('signed'), transport: 'udp', port });
    socket.close();
    if (!result.ok) throw new Error(result.message);
    expect(result.value.answers.map(({ statusCode }) => statusCode)).toEqual([100, 200]);
    expect(result.value.ended).toBe('answered');
    expect(got).toHaveLength(1);
    const [sent] = got;
    const original = read(folder.read('signed', 'message.sip'));
    expect(Buffer.from(sent?.body ?? []).equals(Buffer.from(original.body))).toBe(true);
    expect(firstHeader(sent as SipMessage, 'via')?.value).toMatch(
      /^SIP\/2\.0\/UDP 127\.0\.0\.1:\d+;branch=z9hG4bK-/,
    );
    const others = (message: SipMessage) =>
      message.headers.filter(({ canonicalName }) => canonicalName !== 'via').map(({ value }) => value);
    expect(others(sent as SipMessage)).toEqual(others(original));
  });

  it('acknowledges the final answer to an INVITE', async () => {
    for (const status of ['493 Undecipherable', '200 OK']) {
      const { port, got, socket } = await udpDevice(status);
      await replay({ ...base('invite-encrypted-sdp'), transport: 'udp', port });
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.close();
      expect(got.map((message) => (message.kind === 'request' ? message.method : ''))).toEqual([
        'INVITE',
        'ACK',
      ]);
      expect(firstHeader(got[1] as SipMessage, 'cseq')?.value).toBe('1 ACK');
    }
  });

  it('sends over TCP, and reads an answer that comes in pieces', async () => {
    const server = createServer((socket) => {
      socket.once('data', (bytes) => {
        const reply = answer(read(bytes), '415 Unsupported Media Type');
        socket.write(reply.subarray(0, 20));
        setTimeout(() => socket.write(reply.subarray(20)), 20);
      });
    });
    const result = await replay({ ...base('signed'), transport: 'tcp', port: await listen(server) });
    server.close();
    expect(result.ok && result.value.answers[0]?.statusCode).toBe(415);
  });

  it('sends over TLS, and checks the certificate only where it is told to', async () => {
    const name = 'domain_cert_example.net.pem';
    const server = createTlsServer(
      { cert: folder.read('certs', name), key: folder.read('certs', 'domain_key_example.net.pem') },
      (socket) => {
        socket.on('error', () => {});
        socket.once('data', (bytes) => socket.write(answer(read(bytes), '200 OK')));
      },
    );
    const port = await listen(server);
    const result = await replay({ ...base('signed'), transport: 'tls', port });
    expect(result.ok && result.value.protection).toMatch(/^TLSv1\.3 TLS_/);
    // Trusted, but not for 127.0.0.1.
    const trusted = folder.read('certs', 'root_cert_fluffyCA.pem').toString();
    const checked = await replay({ ...base('signed'), transport: 'tls', port, trusted });
    server.close();
    expect(checked.ok).toBe(false);
  });

  it('tells silence, a closed connection and a closed port', async () => {
    const silent = await udpDevice();
    const timeout = await replay({
      ...base('signed'),
      transport: 'udp',
      port: silent.port,
      waitMilliseconds: 100,
    });
    silent.socket.close();
    expect(timeout.ok && timeout.value.ended).toBe('timeout');
    const closing = createServer((socket) => {
      socket.on('error', () => {});
      socket.resume().end();
    });
    const closed = await replay({ ...base('signed'), transport: 'tcp', port: await listen(closing) });
    expect(closed.ok && closed.value.ended).toBe('closed');
    const gone = (closing.address() as AddressInfo).port;
    await new Promise((resolve) => closing.close(resolve));
    expect((await replay({ ...base('signed'), transport: 'tcp', port: gone })).ok).toBe(false);
  });

  it('sends nothing but SIP requests', async () => {
    const { port, got, socket } = await udpDevice('200 OK');
    for (const request of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(0),
      Buffer.from('SIP/2.0 200 OK\r\nVia: x\r\n\r\n'),
    ]) {
      expect((await replay({ ...base('signed'), request, transport: 'udp', port })).ok).toBe(false);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.close();
    expect(got).toEqual([]);
  });
});

describe('judging the answer', () => {
  it.each([
    ['accept', 200, 'right'],
    ['accept', 415, 'wrong'],
    ['accept', 401, 'inconclusive'],
    ['accept', 503, 'inconclusive'],
    ['refuse', 200, 'wrong'],
    ['refuse', 493, 'right'],
    ['refuse', 606, 'right'],
    ['refuse', 404, 'inconclusive'],
    ['either', 200, 'right'],
    ['accept', undefined, 'wrong'],
  ] as const)('%s, answered %s: %s', (wanted, status, verdict) => {
    expect(judgeAnswer(wanted, status).verdict).toBe(verdict);
  });
});

describe('answers of hostile devices', () => {
  it('break nothing, whatever is changed in them', () => {
    const asked = read(folder.read('invite-encrypted-sdp', 'message.sip'));
    const whole = answer(asked, '200 OK');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 12 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        const parsed = parseSipMessage(bytes);
        if (!parsed.ok) return;
        isAnswerTo(asked, parsed.value);
        const ack = acknowledgement(asked, parsed.value);
        // What we send is SIP, with one line a header, whatever came in.
        if (ack !== undefined) {
          expect(parseSipMessage(ack).ok).toBe(true);
          expect(Buffer.from(ack).toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        }
        addressedRequest(bytes, 'udp', { address: '::1', port: 5060 });
      }),
      { numRuns: 500, seed: 11 },
    );
  });
});

describe('siplens vectors --replay', () => {
  const run = (argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        ['bin/siplens.js', 'vectors', ...argv],
        { cwd: ROOT },
        (error, stdout, stderr) => {
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
        },
      );
    });

  it('prints and judges the answer, with an exit code', async () => {
    const { port, got, socket } = await udpDevice('200 OK');
    const where = ['--out', folder.path, '--replay', 'udp', `127.0.0.1:${port}`];
    const taken = await run(['signed', ...where]);
    expect(taken).toMatchObject({ code: 0 });
    expect(taken.stdout).toContain('SIP/2.0 200 OK');
    expect(taken.stdout).toContain('right: The device takes it (200), as it should.');
    const wrong = await run(['signed-changed-byte', ...where]);
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stdout).toContain('wrong: ');
    for (const argv of [
      where,
      ['signed', 'signed-changed-byte', ...where],
      ['tls-wrong-name', ...where],
      ['nothing', ...where],
    ]) {
      expect((await run(argv)).code, argv.join(' ')).toBe(2);
    }
    socket.close();
    expect(got).toHaveLength(2);
  });
});
