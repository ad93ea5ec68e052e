import { afterEach, describe, expect, it } from 'vitest';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { ROOT } from '../support/root.js';
import {
  ALICE,
  callCapture,
  KEY,
  manyCapture,
  PROXY,
  type Stage,
  sample,
  sip,
  stage,
  temporaryFile,
} from './stage.js';

let open: Stage | undefined;
const start = async (...given: Parameters<typeof stage>): Promise<Stage> => {
  open = await stage(...given);
  return open;
};
afterEach(() => {
  open?.close();
  open = undefined;
});

const BOTH = {
  keys: [sample('keys/user_key_kumiko@example.net.pem')],
  certificates: [sample('certs/user_cert_fluffy@example.com.pem')],
  anchors: [sample('certs/root_cert_fluffyCA.pem')],
};

describe('the messages view', () => {
  it('has a list, a tree and bytes, and a list row has what is needed', async () => {
    const { screen } = await start([sample('smime-signed-encrypted.pcap')], BOTH);
    const lines = screen().split('\n');
    expect(lines[0]).toMatch(/^ 1 Messages {2}2 Calls {2}3 TLS {2}4 Findings {2}5 Statistics .*2$/);
    expect(lines[3]).toMatch(
      /^▶ +1 23:35:40\.477 127\.0\.0\.1:5070 127\.0\.0\.1:5080 UDP MESSAGE . opened, signed ok$/,
    );
    expect(lines[4]).toMatch(/^ {2} +2 .* 200 OK$/);
    expect(screen()).toContain('─ Message 1 ─');
    expect(lines[1]).toBe(' fluffy@example.com → kumiko@example.net   489dacd92e402f2a@Zmx1ZmZ5LW1hYy0xNi5…');
    expect(screen()).toContain('─ Frame 1: 2013 bytes, marked 0-2012 (2013) ');
    expect(screen()).toContain(
      '00000000  00 00 00 02 45 00 07 d9  84 09 00 00 40 11 00 00  ....E.......@...',
    );
  });

  it('leads down to the inner hello, whose bytes are marked in the decrypted content', async () => {
    const { type, screen, styled } = await start([sample('smime-signed-encrypted.pcap')], BOTH);
    await type(KEY.enter, 'z');
    expect(screen()).toMatch(/▾ Decrypted content: text\/plain, 5 bytes/);
    await type('/', 'hello', KEY.enter, 'z');
    expect(screen()).toContain('Decrypted content: 68 bytes, marked 63-67 (5)');
    // The mark is reverse video, with the blanks between the marked bytes.
    expect(styled()).toContain('\u001b[7m68\u001b[27m');
    expect(styled()).toMatch(/\u001b\[7m65 6c 6c 6f\u001b\[27m.*\u001b\[7mello\u001b\[27m/);
  });

  it('switches between the bytes of frame, message and content', async () => {
    const { type, screen } = await start([sample('smime-signed-encrypted.pcap')], BOTH);
    const seen: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      seen.push(/─ ([A-Za-z][\w ]+?)(?: \d+)?: \d+ bytes/.exec(screen())?.[1] ?? '');
      await type('b');
    }
    expect(seen).toEqual(['Frame', 'SIP message', 'CMS', 'Decrypted content', 'CMS']);
  });

  it('names decrypted TLS as the source of its messages', async () => {
    const keys = [sample('keys/domain_key_example.net.pem')];
    const { type, screen } = await start([sample('tls-message.pcap')], { keys });
    await type('b');
    expect(screen()).toContain('─ Decrypted TLS: 695 bytes ');
    expect(screen()).toContain('MESSAGE sips:kum');
  });

  it('moves with every key of moving', async () => {
    const { type, session, shell, screen } = await start([temporaryFile('many.pcap', manyCapture(100))]);
    const at = async (...keys: string[]): Promise<number> => {
      await type(...keys);
      return Number(/▶ *(\d+) /.exec(screen())?.[1]);
    };
    expect(session.store.messages.length).toBe(100);
    expect(await at('j')).toBe(2);
    expect(await at(KEY.down)).toBe(3);
    expect(await at('k', KEY.up)).toBe(1);
    expect(await at('jjjj')).toBe(5);
    expect(await at('G')).toBe(100);
    expect(await at('g')).toBe(1);
    expect(await at(KEY.end)).toBe(100);
    expect(await at(KEY.home)).toBe(1);
    const page = (await at(KEY.pageDown)) - 1;
    expect(page).toBeGreaterThan(3);
    expect(await at(KEY.ctrl('f'))).toBe(1 + 2 * page);
    expect(await at(KEY.ctrl('b'), KEY.pageUp)).toBe(1);
    const half = (await at(KEY.ctrl('d'))) - 1;
    expect(half).toBeGreaterThan(1);
    expect(half).toBeLessThan(page);
    expect(await at(KEY.ctrl('u'))).toBe(1);
    expect(shell.isFollowing).toBe(false);
  });

  it('resizes and zooms panes, and goes round them', async () => {
    const { type, screen } = await start([temporaryFile('many.pcap', manyCapture(100))]);
    const listRows = (): number =>
      screen()
        .split('\n')
        .filter((line) => line.includes(' OPTIONS ')).length;
    const before = listRows();
    await type('+', '+');
    expect(listRows()).toBe(before + 2);
    await type('-');
    expect(listRows()).toBe(before + 1);
    await type('z');
    expect(screen()).not.toContain('Message 1');
    expect(listRows()).toBeGreaterThan(18);
    await type('z', KEY.tab);
    expect(screen()).toContain('▶ Message 1 ');
    await type(KEY.tab);
    expect(screen()).toMatch(/▶ Frame 1: \d+ bytes/);
    await type(KEY.shiftTab);
    expect(screen()).toContain('▶ Message 1 ');
    await type('q');
    expect(screen()).toContain('─ Message 1 ');
  });

  it('opens and shuts branches, and keeps them for the next message', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())]);
    await type(KEY.enter, 'jjjj');
    expect(screen()).toContain('▸ Session Initiation Protocol');
    await type('l', 'z');
    expect(screen()).toContain('▸ Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKone');
    await type('E');
    await type('E');
    expect(screen()).toContain('branch');
    await type('q', 'j', KEY.enter, 'z');
    expect(screen()).toContain('Request-Line');
    await type('h');
    expect(screen()).not.toContain('Request-Line');
  });

  it('searches in rows and bytes, forwards and backwards', async () => {
    const { type, screen, until } = await start([temporaryFile('many.pcap', manyCapture(100))]);
    await type('/', 'user42@', KEY.enter);
    await until(/▶ *42 /);
    await type('/', 'z9hG4bK9', KEY.enter);
    await until(/▶ *90 /);
    await type('n');
    await until(/▶ *91 /);
    await type('N');
    await until(/▶ *90 /);
    await type('/', 'nowhere', KEY.enter);
    await until('no later message has "nowhere"');
    expect(screen()).toMatch(/▶ *90 /);
  });

  it('shows times in four ways', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())]);
    const second = (): string => /^ {2} *2 (.*?) 10\./m.exec(screen())?.[1]?.trim() ?? '';
    expect(second()).toBe('22:13:20.001');
    await type('t');
    expect(second()).toBe('2023-11-14 22:13:20.001');
    await type('t', 'j');
    expect(screen()).toMatch(/3 0\.002 +10\./);
    await type('t');
    expect(screen()).toMatch(/3 0\.001 +10\./);
    await type('t');
    expect(screen()).toMatch(/3 22:13:20\.002 /);
  });

  it('never lets bytes of the network reach the terminal raw', async () => {
    const evil = sip('OPTIONS sip:\u001b[2J\u001b]0;x\u0007\u202e@evil SIP/2.0', {
      from: '\u001b[31mred\u009b1m@x',
    });
    const file = temporaryFile('evil.pcap', new CaptureBuilder().udp(ALICE, PROXY, evil).toBytes());
    const { type, styled } = await start([file]);
    const harmless = (): boolean =>
      !/[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202e]|\u001b(?!\[[0-9;]*m)/.test(styled());
    expect(harmless()).toBe(true);
    for (const keys of [
      ['\r', 'z'],
      ['q', 'r'],
      ['q', 'L'],
      ['q', '2'],
      ['4'],
      ['5'],
      ['1', ' ', 'j', ' '],
    ]) {
      await type(...keys);
      expect(harmless()).toBe(true);
      expect(styled()).not.toContain('\u001b[2J');
    }
  });
});

describe('the calls view and the ladder', () => {
  it('lists a call with its state', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())]);
    await type('2');
    expect(screen()).toMatch(
      /▶ +1 INVITE +alice@example\.com +bob@example\.n\S* +8 completed \(1 again\) +2 ms/,
    );
  });

  it('draws arrows with gaps and retransmissions, and shows the message at the cursor', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())]);
    await type('2', KEY.enter);
    const lines = screen().split('\n');
    expect(lines[2]).toMatch(/10\.0\.0\.1:5060 +10\.0\.0\.2:5060/);
    expect(lines[3]).toMatch(/^▶ 22:13:20\.000 +│─+ INVITE ─+▶│/);
    expect(lines[4]).toMatch(/\+1 ms +│─+ INVITE \(again\) ─+▶│/);
    expect(lines[6]).toMatch(/│◀─+ 180 Ringing ─+│/);
    expect(screen()).toContain('INVITE sip:bob@example.net SIP/2.0');
    await type('G');
    expect(screen()).toContain('─ Message 8 ─');
    expect(screen()).toContain('SIP/2.0 200 OK');
    await type(KEY.enter);
    expect(screen()).toContain('▶ Message 8 ');
    await type('q', 'q');
    expect(screen()).toContain('completed');
  });

  it('follows the cursor over a ladder that is wider than the terminal', async () => {
    const builder = new CaptureBuilder();
    const hop = (number: number) => ({ address: `10.0.0.${number}`, port: 5060 });
    for (let number = 1; number < 8; number++)
      builder.udp(hop(number), hop(number + 1), sip('INVITE sip:bob@example.net SIP/2.0'));
    const { type, screen } = await start([temporaryFile('hops.pcap', builder.toBytes())]);
    await type('2', KEY.enter);
    const row = (number: number): string => screen().split('\n')[number] ?? '';
    expect(row(2)).toMatch(/^ +10\.0\.0\.1:5060 .*…$/);
    expect(row(3)).toMatch(/^▶ \S+ +│─+ INVITE ─+▶│/);
    expect(row(9)).not.toContain('INVITE');
    await type('G');
    expect(row(2)).toMatch(/^ +….* 10\.0\.0\.8:5060$/);
    expect(row(9)).toMatch(/^▶ \S+ .*│─+ INVITE ─+▶│$/);
    expect(row(3)).toMatch(/^ {2}\S+ +│/);
    for (const line of screen().split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await type('g');
    expect(row(3)).toMatch(/^▶ \S+ +│─+ INVITE ─+▶│/);
  });

  it('shows the set-up of TLS with its suite, and locks', async () => {
    const keys = [sample('keys/domain_key_example.net.pem')];
    const { type, screen } = await start([sample('tls-message.pcap')], { keys });
    await type('L');
    expect(screen()).toMatch(/│─+ ClientKeyExchange ─+▶│/);
    expect(screen()).toContain('TLS 1.0 RSA_WITH_AES_256_CBC_SHA');
    expect(screen()).toMatch(/MESSAGE 🔒/);
    await type('g', KEY.enter);
    expect(screen()).toContain('* TLS_RSA_WITH_AES_256_CBC_SHA (0x0035)');
  });

  it('marks signed and sealed messages', async () => {
    const { type, screen } = await start([sample('smime-signed-encrypted.pcap')], BOTH);
    await type('L');
    expect(screen()).toMatch(/MESSAGE ✎ 🔒/);
  });

  it('shows the difference of two messages', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())]);
    await type('2', KEY.enter, ' ');
    expect(screen()).toContain('message 1 selected');
    await type('j', 'j', ' ');
    expect(screen()).toContain('- INVITE sip:bob@example.net SIP/2.0');
    expect(screen()).toContain('+ SIP/2.0 100 Trying');
    expect(screen()).toContain('  Call-ID: call-1@10.0.0.1');
    await type('q');
    expect(screen()).toMatch(/│─+ INVITE/);
  });
});

describe('the other views', () => {
  it('TLS: why a connection stays closed, and all about it', async () => {
    const { type, screen } = await start([sample('tls-message.pcap')]);
    await type('3');
    expect(screen()).toMatch(/▶ +0 127\.0\.0\.1:\d+.* TLS 1\.0 TLS_RSA.* not_decrypted: no/);
    expect(screen().replace(/\s+/g, ' ')).toContain("The server's RSA private key is needed");
    await type(KEY.enter);
    expect(screen()).toContain('* TLS_RSA_WITH_AES_256_CBC_SHA (0x0035)');
    expect(screen()).toContain('CN=example.net');
    await type('/', 'handshake took', KEY.enter);
    expect(screen()).toContain('the handshake took');
    await type('/', 'policy rfc9325', KEY.enter);
    expect(screen()).toContain('FAIL policy rfc9325, tcp stream 0');
    expect(screen()).toMatch(/FAIL {2}version/);
  });

  it('findings: the worst first, with their meaning; Enter jumps to the place', async () => {
    const broken = sip('OPTIONS sip:bob@example.net SIP/2.0', { extra: 'Content-Length: 7\r\n' });
    const file = temporaryFile(
      'broken.pcap',
      new CaptureBuilder()
        .udp(ALICE, PROXY, sip('OPTIONS sip:a@b SIP/2.0'))
        .udp(ALICE, PROXY, broken)
        .toBytes(),
    );
    const { type, screen, session } = await start([file]);
    await type('4');
    const severities = screen()
      .split('\n')
      .flatMap((line) => /^[▶ ] +(error|warning|note|info) /.exec(line)?.[1] ?? []);
    const order = ['error', 'warning', 'note', 'info'];
    expect(severities.length).toBeGreaterThan(0);
    expect(severities).toEqual([...severities].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    const row = session.store.findings.at(0);
    expect(row?.message).toBe(1);
    await type(KEY.enter);
    expect(screen()).toContain('▶ Message 2 ');
    expect(screen()).toContain(row?.finding.summary.slice(0, 30) ?? '?');
  });

  it('statistics: counts and bars', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())], {
      area: { columns: 90, rows: 60 },
    });
    await type('i');
    expect(screen()).toContain('8 messages, 1 call, 1 retransmission, 0 TLS connections');
    expect(screen()).toMatch(/INVITE +2 {2}50\.0% █+/);
    expect(screen()).toMatch(/2xx +2 {2}50\.0% █+/);
    expect(screen()).toMatch(/below 10 ms +\d/);
    expect(screen()).toMatch(/BYE +1 {2}mean 1 ms, longest 1 ms/);
  });

  it('raw: the message as it was sent', async () => {
    const { type, screen } = await start([temporaryFile('call.pcap', callCapture())]);
    await type(KEY.f6);
    expect(screen()).toContain(
      'INVITE sip:bob@example.net SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKone\n',
    );
    await type('q', 'j', 'j', 'r');
    expect(screen()).toContain('SIP/2.0 100 Trying');
  });

  it('nothing to show: the cause and what to press', async () => {
    const { screen, type } = await start([sample('tls-message.pcap')]);
    const text = screen().replace(/\s+/g, ' ');
    expect(text).toContain('No message to show.');
    expect(text).toContain('no SIP message in 16 frames; seen instead: 1 TLS connection');
    expect(text).toContain("no_key: The server's RSA private key is needed");
    expect(text).toContain('K adds a private key or a key log');
    await type('2');
    expect(screen()).toContain('No calls');
  });

  it('says what an unreadable file is', async () => {
    const { screen } = await start([temporaryFile('noise', 'this is no capture\n\u0001')]);
    expect(screen().replace(/\s+/g, ' ')).toContain('this is no capture (pcap, pcapng)');
  });
});

describe('a packet that would command the terminal', () => {
  const fixture = `${ROOT}test/tui/fixtures/osc52.pcap`;

  it.each(['1', '2', '3', '4', '5'])('only styles reach it in view %s', async (view) => {
    const { type, styled } = await start([fixture]);
    for (const keys of [view, 'j', KEY.enter, 'r', '?']) {
      await type(keys);
      const rest = styled().replace(/\u001b\[[0-9;]*m/g, '');
      expect(rest).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });

  it('is shown with escapes in place of its controls', async () => {
    const { type, screen } = await start([fixture]);
    await type('4', 'j');
    expect(screen()).toContain('\\x1b]');
  });
});
