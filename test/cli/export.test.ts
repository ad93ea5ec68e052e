import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordSchema } from '../../src/report/records/schema.js';
import { records, siplens } from '../support/command.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { hasTcpdump, hasTshark } from '../support/peers.js';
import { ROOT } from '../support/root.js';

const TLS = 'samples/tls-message.pcap';
const KEY = ['-k', 'samples/keys/domain_key_example.net.pem'];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-export-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Columns of tshark's -T fields, one row per frame; without what it says on standard error. */
function tshark(path: string, fields: readonly string[], ...options: string[]): string[][] {
  const named = fields.flatMap((field) => ['-e', field]);
  const { stdout, status } = spawnSync('tshark', ['-r', path, ...options, '-T', 'fields', ...named], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** The messages among the records: packets that siplens made have a finding that says so. */
const messages = (stdout: string) => records(stdout).filter(({ type }) => type === 'sip_message');

describe('what is written', () => {
  it.each([
    ['ndjson', (text: string) => records(text).length],
    ['json', (text: string) => JSON.parse(text).length],
    ['csv', (text: string) => text.split('\r\n').length - 2],
    ['text', (text: string) => text.split('\n\n').length - 1],
  ] as const)('has no record without any of the --fields, which is told: %s', (format, count) => {
    for (const more of [[], ['smime-signed.pcap', 'no-such.pcap', '-j', '2']]) {
      const inputs = more.map((word) => (word.endsWith('.pcap') ? `samples/${word}` : word));
      const argv = ['export', TLS, ...inputs, ...KEY, '--format', format, '--fields', 'status_code,call_id'];
      const { status, stdout, stderr } = siplens(argv);
      // Two messages each; the connection, and what is said of the file that is not there, have neither field.
      const [kept, left] = more.length === 0 ? [2, '1 record'] : [4, '2 records'];
      expect(count(stdout)).toBe(kept);
      expect(stderr).toContain(`; ${left} without any of the fields left out\n`);
      expect(status).toBe(more.length === 0 ? 0 : 3);
    }
    const none = siplens(['export', TLS, '--format', format, '--fields', 'call_id']);
    expect(count(none.stdout)).toBe(0);
    expect(none.stderr).toContain('; 1 record without any of the fields left out\n');
  });

  it('is picked by --fields, through lists too', () => {
    const { stdout } = siplens([
      'export',
      TLS,
      ...KEY,
      '-q',
      '--include',
      'messages',
      '--fields',
      'frame,from.uri,headers.name',
    ]);
    const all = records(stdout);
    expect(all[0]).toMatchObject({ frame: 10, from: { uri: 'sips:fluffy@example.com' } });
    expect(Object.keys(all[0])).toEqual(['frame', 'from', 'headers']);
    expect(all[0].headers[0]).toEqual({ name: 'To' });
    const { status, stderr } = siplens(['export', TLS, '--fields', 'frame,fromm.uri']);
    expect(status).toBe(2);
    expect(stderr).toContain('fromm');
  });

  it('is CSV that a reader of RFC 4180 takes, with no formula in it', () => {
    const path = join(folder, 'formula.sip');
    const headers = 'From: "=cmd, \\"x\\"" <sip:a@x>;tag=1\r\nSubject: =1+1\r\nCall-ID: a"b,c\r\n';
    writeFileSync(path, `OPTIONS sip:b SIP/2.0\r\n${headers}\r\n`);
    const { stdout } = siplens([
      'export',
      path,
      '-q',
      '--format',
      'csv',
      '--fields',
      'method,call_id,from.display_name,headers.name',
    ]);
    expect(stdout).toBe(
      'method,call_id,from.display_name,headers.name\r\n' +
        'OPTIONS,"a""b,c","\'=cmd, ""x""","From; Subject; Call-ID"\r\n',
    );
    expect(siplens(['export', TLS, '-q', '--format', 'csv', '-f', 'method == BYE']).stdout).toMatch(
      /^type,file,[^\n]*\r\n$/,
    );
  });

  it('is text, and JSON over several lines', () => {
    const text = siplens([
      'export',
      TLS,
      ...KEY,
      '-q',
      '--format',
      'text',
      '--fields',
      'frame,to.uri,headers.name',
    ]).stdout;
    expect(text).toMatch(/^frame: 10\nto\.uri: sips:kumiko@example\.net\nheaders\.0\.name: To\n/);
    const pretty = siplens(['export', TLS, ...KEY, '-q', '--pretty']).stdout;
    expect(JSON.parse(pretty)).toEqual(
      JSON.parse(siplens(['export', TLS, ...KEY, '-q', '--format', 'json']).stdout),
    );
    expect(pretty).toContain('\n  "type": "sip_message"');
  });

  it('has packets where they are asked for, before what they carry', () => {
    const { stdout } = siplens(['export', TLS, ...KEY, '-q', '--include', 'packets,messages']);
    const all = records(stdout);
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(recordSchema());
    for (const record of all) expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    expect(all.filter(({ type }) => type === 'packet').map(({ frame }) => frame)).toEqual(
      Array.from({ length: 16 }, (_, index) => index + 1),
    );
    const at = all.findIndex(({ type }) => type === 'sip_message');
    expect(all[at - 1]).toMatchObject({
      type: 'packet',
      frame: all[at].frame,
      protocol: 'TCP',
      dst_port: 5061,
    });
    expect(siplens(['export', TLS, '--include', 'frames']).status).toBe(2);
  });

  it('has the findings of messages as records of their own where messages are left out', () => {
    const all = records(siplens(['export', TLS, ...KEY, '-q', '--include', 'findings']).stdout);
    expect(all.length).toBeGreaterThan(0);
    expect(new Set(all.map(({ type }) => type))).toEqual(new Set(['finding']));
    expect(all[0].where).toMatch(/^frame 10/);
  });

  it('has of these only those that a filter is about, by themselves or by what they are of', () => {
    const found = (filter: string): { rule: string; file: string; where: string }[] =>
      records(
        siplens([
          'export',
          'samples/smime-signed.pcap',
          'samples/tls-message.pcap',
          '-k',
          'samples/keys',
          ...['--cert', 'samples/certs', '-q', '--include', 'findings', '-f', filter],
        ]).stdout,
      );
    const all = found('type == finding');
    const weak = all.filter(({ rule }) => rule === 'smime/weak-digest');
    expect(weak.length).toBeGreaterThan(0);
    expect(weak.length).toBeLessThan(all.length);
    expect(found('rule == "smime/weak-digest"')).toEqual(weak);
    expect(found('findings.rule == "smime/weak-digest"')).toEqual(weak);
    expect(found('is_request and rule == "smime/weak-digest" and type == sip_message')).toEqual(weak);
    expect(found('severity == nothing')).toEqual([]);
    const ofTls = all.filter(({ file }) => file === 'samples/tls-message.pcap');
    expect(found('cipher_suite.name contains RSA and tcp_stream == 0')).toEqual(
      ofTls.filter(({ where }) => where.startsWith('tcp stream')),
    );
  });

  it('ends with a summary that -q takes away', () => {
    expect(siplens(['export', TLS, ...KEY]).stderr).toContain(
      '1 file; 16 packets; 2 messages; 1 TLS connection (1 decrypted, 0 not decrypted)',
    );
    expect(siplens(['export', TLS]).stderr).toContain('(0 decrypted, 1 not decrypted)');
    expect(siplens(['export', TLS, ...KEY, '-q']).stderr).toBe('');
  });
});

describe.skipIf(!hasTshark)('packets that are saved', () => {
  it('open in Wireshark without a key, and again in siplens', () => {
    const path = join(folder, 'matching.pcapng');
    expect(siplens(['export', TLS, ...KEY, '-q', '--write', path]).status).toBe(0);
    expect(
      tshark(path, ['frame.number', 'sip.Method', 'sip.Status-Code', 'sip.Call-ID'], '-Y', 'sip'),
    ).toEqual([
      ['10', 'MESSAGE', '', '0dc68373623af98a@Y2ouY2lzY28uc2lwaXQubmV0'],
      ['11', '', '200', '0dc68373623af98a@Y2ouY2lzY28uc2lwaXQubmV0'],
    ]);
    expect(tshark(path, ['frame.time_epoch'])).toEqual(tshark(`${ROOT}${TLS}`, ['frame.time_epoch']));
    const again = records(siplens(['export', path, '-q']).stdout);
    const before = records(siplens(['export', TLS, ...KEY, '-q']).stdout);
    expect(again.filter(({ type }) => type === 'sip_message').map(({ file: _, ...rest }) => rest)).toEqual(
      before.filter(({ type }) => type === 'sip_message').map(({ file: _, ...rest }) => rest),
    );
  });

  it('are those that match, with the whole connection of a message', () => {
    const capture = new CaptureBuilder();
    const message = (id: string) => `OPTIONS sip:b SIP/2.0\r\nCall-ID: ${id}\r\nContent-Length: 0\r\n\r\n`;
    const [a, b] = [
      { address: '10.0.0.1', port: 5060 },
      { address: '10.0.0.2', port: 5060 },
    ];
    capture.udp(a, b, message('one')).udp(a, b, message('two'));
    const flow = capture.connect({ address: '10.0.0.3', port: 4000 }, b);
    flow.send('client', message('three'));
    capture.udp(a, b, 'no SIP at all');
    const source = join(folder, 'mixed.pcap');
    writeFileSync(source, capture.toBytes());
    const path = join(folder, 'two.pcapng');
    siplens(['export', source, '-q', '-f', 'call_id == two', '--write', path]);
    expect(tshark(path, ['sip.Call-ID'])).toEqual([['two']]);
    siplens(['export', source, '-q', '-f', 'call_id == three', '--write', path]);
    expect(tshark(path, ['tcp.stream'])).toHaveLength(5);
    siplens(['export', source, '-q', '--write', path]);
    expect(tshark(path, ['frame.number'])).toHaveLength(capture.frameCount);
  });

  it('hold the messages alone, as UDP or, where they are too long for it, as TCP', () => {
    const path = join(folder, 'messages.pcapng');
    expect(siplens(['export', TLS, ...KEY, '-q', '--write-decrypted', path]).status).toBe(0);
    expect(
      tshark(
        path,
        ['udp.srcport', 'udp.dstport', 'sip.CSeq', 'udp.checksum.status'],
        '-o',
        'udp.check_checksum:TRUE',
      ),
    ).toEqual([
      ['55768', '5061', '1 MESSAGE', '1'],
      ['5061', '55768', '1 MESSAGE', '1'],
    ]);
    expect(messages(siplens(['export', path, '-q']).stdout)).toHaveLength(2);
    const capture = new CaptureBuilder();
    const flow = capture.connect(
      { address: '2001:db8::1', port: 4000 },
      { address: '2001:db8::2', port: 5060 },
    );
    flow.send(
      'client',
      `MESSAGE sip:b SIP/2.0\r\nCall-ID: long\r\nContent-Length: 100000\r\n\r\n${'a'.repeat(100_000)}`,
    );
    const source = join(folder, 'long.pcap');
    writeFileSync(source, capture.toBytes());
    siplens(['export', source, '-q', '--write-decrypted', path]);
    const [long] = messages(siplens(['export', path, '-q']).stdout);
    expect(long).toMatchObject({ call_id: 'long', transport: 'tcp', body: { length: 100_000 } });
    expect(tshark(path, ['sip.Call-ID'], '-Y', 'sip', '-o', 'tcp.check_checksum:TRUE')).toEqual([['long']]);
  });
});

describe.skipIf(!hasTcpdump)('packets that are saved, in libpcap', () => {
  /** Lines of tcpdump, a packet each, with the time since 1970 to the nanosecond first. */
  const tcpdump = (path: string): string[] => {
    const { stdout, stderr, status } = spawnSync(
      'tcpdump',
      ['-n', '-tt', '--time-stamp-precision=nano', '-r', path],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('tcpdump: ') });
    return stdout.split('\n').filter((line) => line !== '');
  };
  const [a, b] = [
    { address: '10.0.0.1', port: 5060 },
    { address: '10.0.0.2', port: 5060 },
  ];

  it('are messages of captures of any precision', () => {
    const sources = [false, true].map((nanoseconds) => {
      const source = join(folder, `${nanoseconds ? 'nano' : 'micro'}.pcap`);
      const capture = new CaptureBuilder({ nanoseconds, start: nanoseconds ? 1_700_000_001 : 1_700_000_000 });
      const message = 'OPTIONS sip:b SIP/2.0\r\nCall-ID: one\r\nContent-Length: 0\r\n\r\n';
      writeFileSync(source, capture.udp(a, b, message).udp(b, a, message).toBytes());
      return source;
    });
    const path = join(folder, 'precisions.pcapng');
    expect(siplens(['export', ...sources, '-q', '--write-decrypted', path]).status).toBe(0);
    expect(tcpdump(path).map((line) => line.split(' ')[0])).toEqual([
      '1700000000.000000000',
      '1700000000.001000000',
      '1700000001.000000000',
      '1700000001.001000000',
    ]);
    const times = messages(siplens(['export', path, '-q']).stdout).map(({ timestamp }) => timestamp);
    expect(times).toEqual([
      '2023-11-14T22:13:20.000000000Z',
      '2023-11-14T22:13:20.001000000Z',
      '2023-11-14T22:13:21.000000000Z',
      '2023-11-14T22:13:21.001000000Z',
    ]);
  });

  it.each(['--write', '--write-decrypted'])('are a file that opens where there are none: %s', (option) => {
    const path = join(folder, 'none.pcapng');
    expect(siplens(['export', TLS, ...KEY, '-q', '-f', 'call_id == none', option, path]).status).toBe(0);
    expect(tcpdump(path)).toEqual([]);
    expect(siplens(['export', path, '-q']).status).toBe(0);
  });
});

/** A capture of so many messages of its own. */
function manyMessages(count: number): Buffer {
  const capture = new CaptureBuilder();
  const [a, b] = [
    { address: '10.0.0.1', port: 5060 },
    { address: '10.0.0.2', port: 5060 },
  ];
  const filler = 'x'.repeat(900);
  for (let index = 0; index < count; index++) {
    capture.udp(a, b, `OPTIONS sip:b SIP/2.0\r\nCall-ID: ${index}\r\nSubject: ${filler}\r\n\r\n`);
  }
  return capture.toBytes();
}

/** The path of a capture of 5000 messages, which is made once. */
function fiveThousand(): string {
  const path = join(folder, 'many.pcap');
  if (!existsSync(path)) writeFileSync(path, manyMessages(5000));
  return path;
}

/** How often a text stands in bytes, of which there are a hundred megabytes. */
function occurrences(bytes: Buffer, text: string): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) count++;
  return count;
}

describe('Ctrl-C', () => {
  it.each(['ndjson', 'json'])(
    'leaves whole records (%s), says where it stopped, and gives 130',
    async (format) => {
      const source = fiveThousand();
      const output = join(folder, `interrupted.${format}`);
      const files = Array<string>(200).fill(source);
      const child = spawn(
        process.execPath,
        ['bin/siplens.js', 'export', ...files, '--format', format, '-o', output],
        {
          cwd: ROOT,
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      let said = '';
      child.stderr.on('data', (data: Buffer) => {
        said += data.toString();
      });
      // Not before there is something to leave: the temporary grows as records come.
      for (;;) {
        const temporary = readdirSync(folder).find((name) =>
          name.startsWith(`interrupted.${format}.siplens`),
        );
        if (temporary !== undefined && statSync(join(folder, temporary)).size > 0) break;
        await sleep(20);
      }
      child.kill('SIGINT');
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(130);
      expect(said).toMatch(/interrupted at frame \d+ of .*many\.pcap, byte \d+/);
      const text = readFileSync(output, 'utf8');
      const all = format === 'json' ? (JSON.parse(text) as unknown[]) : records(text);
      expect(all.length).toBeGreaterThan(0);
      expect(all.length).toBeLessThan(1_000_000);
      expect(said).toContain(`${all.length.toLocaleString('en-US')} messages`);
      expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
  );
});

describe('a second Ctrl-C', () => {
  it('leaves nothing of what threads have not finished', async () => {
    const out = join(folder, 'broken-off');
    mkdirSync(out);
    // Long enough for both signals to come while it is read.
    const long = join(folder, 'long.pcap');
    writeFileSync(long, manyMessages(50_000));
    const argv = ['bin/siplens.js', 'export', long, fiveThousand(), '-j', '2', '--out-dir', out];
    const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('close', resolve));
    while (!readdirSync(out).some((name) => name.startsWith('long.pcap'))) await sleep(5);
    child.kill('SIGINT');
    await sleep(5);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(readdirSync(out).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('Ctrl-C with --write', () => {
  /** Whether something stands in the temporary of an output: one that is empty only tries whether it can be made. */
  const isBegun = (output: string): boolean =>
    readdirSync(folder).some(
      (name) =>
        name.startsWith(`${output}.siplens`) &&
        (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) > 0,
    );
  const interrupted = async (output: string) => {
    const source = fiveThousand();
    const [records, saved] = [join(folder, 'r.ndjson'), join(folder, 'w.pcapng')];
    const files = Array<string>(20).fill(source);
    const argv = ['bin/siplens.js', 'export', ...files, '--write', saved, '-o', records];
    const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    while (!isBegun(output)) await sleep(5);
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(130);
    const messages = occurrences(readFileSync(records), '\n');
    const packets = occurrences(readFileSync(saved), 'Call-ID: ');
    for (const path of [records, saved]) rmSync(path);
    return { said, messages, packets };
  };

  it('saves the packets of the records that were written', async () => {
    const { said, messages, packets } = await interrupted('r.ndjson');
    expect(packets).toBe(messages);
    expect(messages).toBeLessThan(100_000);
    expect(said).toContain(`w.pcapng: ${packets.toLocaleString('en-US')} packets of what was read`);
  });

  it('says where saving stopped', async () => {
    const { said, messages, packets } = await interrupted('w.pcapng');
    expect(messages).toBe(100_000);
    expect(packets).toBeLessThan(messages);
    expect(said).toMatch(
      /interrupted at frame \d+ of .*many\.pcap while packets were saved in .*w\.pcapng; /,
    );
  });
});

describe('a file that grows', () => {
  it('is followed until it is enough', async () => {
    const path = join(folder, 'growing.pcap');
    const whole = manyMessages(7);
    writeFileSync(path, whole.subarray(0, 3100));
    const child = spawn(process.execPath, ['bin/siplens.js', 'export', path, '--follow', '-q'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    const until = async (count: number): Promise<void> => {
      while (text.split('\n').length <= count) await sleep(20);
    };
    await until(3);
    // Of the last frame only a part is there when it is enough: its writer was not done, and nothing is wrong with it.
    appendFileSync(path, whole.subarray(3100, -10));
    await until(6);
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(records(text).map(({ call_id }) => call_id)).toEqual(['0', '1', '2', '3', '4', '5']);
  });
});
