import { describe, expect, test } from 'vitest';
import { ACK, Connection, FIN, PSH, RST, SYN } from './support.js';

function codes(connection: Connection): string[] {
  return connection.seen.faults.map(({ code }) => code);
}

describe('limits', () => {
  test('bytes held of one direction', () => {
    const tcp = new Connection({ heldBytesPerFlow: 4096 }).handshake();
    for (let at = 0; at < 40; at++) tcp.send('client', 1011 + at * 200, Buffer.alloc(100, at));
    expect(tcp.reassembler.usage.held).toBeLessThanOrEqual(4096);
    expect(codes(tcp)).toContain('buffer-limit');
    expect(tcp.seen.received(0, 'client').gaps[0]).toEqual({ offset: 0, length: 10 });
    tcp.end();
    expect(tcp.seen.received(0, 'client').bytes).toHaveLength(4000);
    expect(tcp.reassembler.usage.held).toBe(0);
  });

  test('pieces held of one direction', () => {
    const tcp = new Connection({ heldSegmentsPerFlow: 10 }).handshake();
    for (let at = 0; at < 40; at++) tcp.send('client', 1011 + at * 2, 'x');
    expect(tcp.seen.text('client')).toBe('x'.repeat(30));
    expect(codes(tcp)).toHaveLength(30);
  });

  test('bytes held in all: the hole that began first is given up', () => {
    const tcp = new Connection({ heldBytesTotal: 2000 });
    for (const clientPort of [1, 2, 3, 4]) {
      tcp.handshake(1000, 5000, { clientPort });
      tcp.send('client', 1011, Buffer.alloc(500), { clientPort });
    }
    expect(tcp.reassembler.usage.held).toBeLessThanOrEqual(2000);
    expect(tcp.seen.received(0, 'client').gaps).toEqual([{ offset: 0, length: 10 }]);
    expect(tcp.seen.received(3, 'client').gaps).toEqual([]);
  });

  test('open connections: the longest idle is ended', () => {
    const tcp = new Connection({ openConnections: 3 });
    for (const clientPort of [1, 2, 3]) tcp.handshake(1000, 5000, { clientPort });
    tcp.send('client', 1001, 'x', { clientPort: 1 });
    tcp.handshake(1000, 5000, { clientPort: 4 });
    expect(tcp.seen.events.filter((event) => event.startsWith('close'))).toEqual(['close 1 let-go']);
    expect(tcp.reassembler.usage.open).toBe(3);
  });

  test('closed connections: stragglers keep their number until the oldest are forgotten', () => {
    const tcp = new Connection({ closedConnections: 2 });
    const close = (clientPort: number): void => {
      tcp.handshake(1000, 5000, { clientPort });
      tcp.send('client', 1001, '', { clientPort, flags: FIN | ACK, acknowledgment: 5001 });
      tcp.send('server', 5001, '', { clientPort, flags: FIN | ACK, acknowledgment: 1002 });
    };
    for (const port of [1, 2, 3]) close(port);
    expect(tcp.reassembler.usage).toMatchObject({ open: 0, closed: 2 });
    expect(tcp.send('client', 1002, '', { clientPort: 3, flags: ACK, acknowledgment: 5002 }).index).toBe(2);
    expect(tcp.send('client', 1002, '', { clientPort: 1, flags: ACK, acknowledgment: 5002 }).index).toBe(3);
  });

  test('what takes the place of a connection that was ended has nothing of it', () => {
    const tcp = new Connection({ openConnections: 1, closedConnections: 1 });
    tcp.handshake(1000, 5000, { clientPort: 1 });
    tcp.send('client', 1001, 'abc', { clientPort: 1, acknowledgment: 5001 });
    // A hole, an end behind it, and bytes where no window reaches.
    tcp.send('client', 1010, 'held', { clientPort: 1, flags: FIN | ACK, acknowledgment: 5009 });
    tcp.send('server', 5001 + 2 ** 31, 'far', { clientPort: 1, acknowledgment: 1004 });
    tcp.send('server', 5000, '', { clientPort: 1, flags: RST });
    for (const clientPort of [2, 3, 4]) {
      tcp.handshake(clientPort * 10_000, 7000, { clientPort });
      const { faults } = tcp.seen;
      faults.length = 0;
      const sent = (sequence: number, data: string): void => {
        tcp.send('client', clientPort * 10_000 + sequence, data, { clientPort, acknowledgment: 7001 });
      };
      sent(1, 'abc');
      sent(7, 'ghi');
      sent(1, 'abc');
      sent(4, 'def');
      expect(tcp.seen.text('client', clientPort - 1)).toBe('abcdefghi');
      expect(faults).toEqual([]);
      expect(tcp.reassembler.usage).toMatchObject({ open: 1, held: 0 });
    }
    tcp.end();
    expect(tcp.seen.events.filter((event) => event.startsWith('close'))).toHaveLength(4);
  });

  test('connections to one server share what tells its address', () => {
    const tcp = new Connection();
    for (let clientPort = 1; clientPort < 5000; clientPort++) {
      tcp.send('client', 1000, '', { flags: SYN, clientPort, serverPort: 5060 + (clientPort % 2) });
      tcp.send('client', 1000, '', { flags: SYN, clientPort, serverPort: 10_000 + clientPort });
    }
    const at = (port: number) => tcp.seen.streams.filter(({ server }) => server.port === port);
    expect(at(5060)).toHaveLength(2499);
    expect(new Set(at(5060).map(({ server }) => server)).size).toBeLessThan(10);
    expect(at(5061)[0]?.server).toEqual({ address: '198.51.100.2', port: 5061 });
    expect(at(10_004)[0]?.client).toEqual({ address: '192.0.2.1', port: 4 });
  });

  test('100,000 open connections', () => {
    const tcp = new Connection();
    const options = (index: number) => ({
      clientPort: 1024 + (index % 50_000),
      clientAddress: `10.0.0.${Math.floor(index / 50_000)}`,
    });
    for (let index = 0; index < 100_000; index++) {
      tcp.send('client', index, '', { ...options(index), flags: SYN });
    }
    expect(tcp.reassembler.usage.open).toBe(100_000);
    for (let index = 0; index < 100_000; index += 997) {
      expect(tcp.send('client', index + 1, 'x', options(index)).index).toBe(index);
    }
  });
});

describe('beginning', () => {
  test('without a SYN the first segment is the beginning', () => {
    const tcp = new Connection();
    tcp.send('client', 777_000, 'abc', { acknowledgment: 5001 });
    tcp.send('client', 777_003, 'def', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('abcdef');
    tcp.send('client', 776_990, 'older byte', { acknowledgment: 5001 });
    expect(tcp.seen.faults).toMatchObject([{ code: 'before-start', offset: -10, length: 10 }]);
  });

  test('without the SYN-ACK the acknowledgment tells where the server begins', () => {
    const tcp = new Connection();
    tcp.send('client', 1000, '', { flags: SYN });
    tcp.send('client', 1001, '', { flags: ACK, acknowledgment: 5001 });
    tcp.send('server', 5004, 'def', { acknowledgment: 1001 });
    tcp.send('server', 5001, 'abc', { acknowledgment: 1001 });
    expect(tcp.seen.text('server')).toBe('abcdef');
  });

  test('an acknowledgment that is wrong about it is overruled', () => {
    const tcp = new Connection();
    tcp.send('client', 1000, '', { flags: SYN });
    tcp.send('client', 1001, '', { flags: ACK, acknowledgment: 999_999_999 });
    tcp.send('server', 5000, '', { flags: SYN | ACK, acknowledgment: 1001 });
    tcp.send('server', 5001, 'abc', { acknowledgment: 1001 });
    expect(tcp.seen.text('server')).toBe('abc');
  });

  test('a pure acknowledgment first, then data that was captured late', () => {
    const tcp = new Connection();
    tcp.send('client', 1010, '', { flags: ACK, acknowledgment: 5001 });
    tcp.send('client', 1000, '0123456789', { acknowledgment: 5001 });
    tcp.send('client', 1010, 'abc', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('0123456789abc');
  });

  test('a keep-alive first', () => {
    const tcp = new Connection();
    tcp.send('client', 1000, '', { flags: ACK, acknowledgment: 5001 });
    tcp.send('server', 5001, '', { flags: ACK, acknowledgment: 1001 });
    tcp.send('client', 1001, 'abc', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('abc');
  });
});

describe('roles', () => {
  test.each([
    ['the SYN', { flags: SYN }, 40_000, 5060, 'client', 'syn'],
    ['the SYN, from a low port to a high one', { flags: SYN }, 5060, 40_000, 'client', 'syn'],
    ['the SYN-ACK', { flags: SYN | ACK }, 40_000, 5060, 'server', 'syn-ack'],
    ['a service port', { flags: PSH }, 1024, 5061, 'client', 'ports'],
    ['a service port of the sender', { flags: PSH }, 5061, 1024, 'server', 'ports'],
    ['the lower port', { flags: PSH }, 9000, 8000, 'client', 'ports'],
    ['the sender, where ports are equal', { flags: PSH }, 5060, 5060, 'client', 'ports'],
  ] as const)('told by %s', (_, { flags }, senderPort, otherPort, role, rolesBy) => {
    const tcp = new Connection();
    const stream = tcp.send('client', 1000, 'x', { flags, clientPort: senderPort, serverPort: otherPort });
    expect(stream.rolesBy).toBe(rolesBy);
    expect(stream[role]).toEqual({ address: '192.0.2.1', port: senderPort });
    expect(tcp.seen.text(role)).toBe('x');
  });

  test('IPv6, and the same ports and addresses of both families apart', () => {
    const tcp = new Connection();
    const six = { clientAddress: '2001:db8::1', serverAddress: '2001:db8::2' };
    tcp.handshake();
    tcp.handshake(1000, 5000, six);
    tcp.send('server', 5001, 'six', six);
    expect(tcp.seen.streams[1]).toMatchObject({
      index: 1,
      client: { address: '2001:db8::1', port: 40_000 },
      server: { address: '2001:db8::2', port: 5060 },
      firstFrame: { number: 4 },
    });
    expect(tcp.seen.text('server', 1)).toBe('six');
    const embedded = { clientAddress: 'c000:201::', serverAddress: 'c633:6402::' };
    expect(tcp.send('client', 1, 'x', embedded).index).toBe(2);
  });
});

describe('end', () => {
  test('both FINs close at once, with data in them', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'bye', { flags: FIN | ACK, acknowledgment: 5001 });
    tcp.send('server', 5001, 'ok', { flags: ACK, acknowledgment: 1005 });
    tcp.send('server', 5003, '', { flags: FIN | ACK, acknowledgment: 1005 });
    expect(tcp.seen.text('client') + tcp.seen.text('server')).toBe('byeok');
    expect(tcp.seen.events.at(-1)).toBe('close 0 fin @6');
    tcp.send('client', 1005, '', { flags: ACK, acknowledgment: 5004 });
    tcp.send('server', 5001, 'ok', { flags: FIN | ACK, acknowledgment: 1005 });
    tcp.end();
    expect(tcp.seen.events.filter((event) => event.startsWith('close'))).toHaveLength(1);
    expect(codes(tcp)).toEqual([]);
  });

  test('a FIN before the data it ends', () => {
    const tcp = new Connection().handshake();
    tcp.send('server', 5001, '', { flags: FIN | ACK, acknowledgment: 1001 });
    tcp.send('client', 1004, 'def', { flags: FIN | ACK, acknowledgment: 5002 });
    expect(tcp.seen.events).not.toContain('close 0 fin @5');
    tcp.send('client', 1001, 'abc', { acknowledgment: 5002 });
    expect(tcp.seen.text('client')).toBe('abcdef');
    expect(tcp.seen.events.at(-1)).toBe('close 0 fin @6');
  });

  test('bytes behind a FIN and behind a close are left out and told', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'abc', { flags: FIN | ACK, acknowledgment: 5001 });
    tcp.send('client', 1001, 'abcdef', { acknowledgment: 5001 });
    expect(tcp.seen.faults).toMatchObject([{ code: 'data-after-fin', offset: 3, length: 3 }]);
    tcp.send('server', 5001, '', { flags: FIN | ACK, acknowledgment: 1005 });
    tcp.send('server', 5002, 'more', { acknowledgment: 1005 });
    expect(tcp.seen.text('client')).toBe('abc');
    expect(codes(tcp)).toEqual(['data-after-fin', 'data-after-close']);
  });

  test('a RST closes ten seconds later; what was captured after it is taken', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'abc', { acknowledgment: 5001 });
    tcp.send('server', 5001, 'text for people', { flags: RST | ACK, acknowledgment: 1004 });
    tcp.send('client', 1004, 'def', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('abcdef');
    expect(tcp.seen.text('server')).toBe('');
    tcp.time += 10.1;
    tcp.send('client', 7, '', { flags: SYN, clientPort: 41_000 });
    expect(tcp.seen.events.slice(-2)).toEqual(['close 0 rst @5', 'open 1']);
  });

  test('a RST and the end of the capture', () => {
    const tcp = new Connection().handshake();
    tcp.send('server', 0, '', { flags: RST });
    tcp.end();
    expect(tcp.seen.events.at(-1)).toBe('close 0 rst @4');
  });

  test('a SYN with another number is a new connection, with the same a repetition', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'old', { acknowledgment: 5001 });
    expect(tcp.send('client', 1000, '', { flags: SYN }).index).toBe(0);
    expect(tcp.send('client', 9000, '', { flags: SYN }).index).toBe(1);
    tcp.send('server', 7000, '', { flags: SYN | ACK, acknowledgment: 9001 });
    tcp.send('client', 9001, 'new', { acknowledgment: 7001 });
    expect(tcp.seen.text('client', 0)).toBe('old');
    expect(tcp.seen.text('client', 1)).toBe('new');
    expect(tcp.seen.events).toContain('close 0 reused @6');
    expect(tcp.reassembler.usage).toMatchObject({ open: 1, closed: 0 });
  });

  test('a handshake that was reset is tried again with the same number', () => {
    const tcp = new Connection();
    tcp.send('client', 1000, '', { flags: SYN });
    tcp.send('server', 0, '', { flags: RST | ACK, acknowledgment: 1001 });
    tcp.time += 3;
    tcp.handshake();
    tcp.time += 60;
    tcp.send('client', 1001, 'abc', { acknowledgment: 5001 });
    expect(tcp.seen.streams).toHaveLength(1);
    expect(tcp.seen.text('client')).toBe('abc');
    expect(tcp.seen.events.some((event) => event.startsWith('close'))).toBe(false);
  });
});

describe('ports that are used again where the SYN was not captured', () => {
  const HELLO = Buffer.from('16030100050100000101', 'hex');
  /** A connection in which both sides have sent, and the numbers that they go on with. */
  const talk = (): Connection => {
    const tcp = new Connection().handshake(1_000_000, 5_000_000);
    tcp.send('client', 1_000_001, 'question', { acknowledgment: 5_000_001 });
    tcp.send('server', 5_000_001, 'answer', { acknowledgment: 1_000_009 });
    return tcp;
  };
  const reused = (tcp: Connection): boolean => tcp.seen.events.includes(`close 0 reused @${tcp.frame}`);

  test.each([
    ['both numbers before those of the first', 10_000, 20_000, 'x'],
    ['both far ahead', 900_000_000, 800_000_000, 'x'],
    ['one before, one ahead', 10_000, 6_000_000, 'x'],
    ['one ahead, one before', 3_000_000, 20_000, 'x'],
    ['further than a window reaches', 3_000_000_000, 3_100_000_000, 'x'],
    ['somewhat ahead, with a ClientHello', 1_200_000, 5_200_000, HELLO],
  ])('%s', (_name, sequence, acknowledgment, data) => {
    const tcp = talk();
    const stream = tcp.send('client', sequence, data, { acknowledgment });
    expect(reused(tcp)).toBe(true);
    // Wireshark counts streams by SYNs: both have one number, and the later ones keep theirs.
    expect(stream.index).toBe(0);
    expect(stream).toMatchObject({ client: { port: 40_000 }, server: { port: 5060 } });
    tcp.send('server', acknowledgment, 'again', { acknowledgment: sequence + data.length });
    expect(tcp.send('client', 1, 'x', { clientPort: 7 }).index).toBe(1);
    tcp.end();
    expect(tcp.seen.text('client')).toBe(`question${Buffer.from(data)}`);
    expect(tcp.seen.text('server')).toBe('answeragain');
    expect(tcp.seen.faults).toEqual([]);
  });

  test('after both FINs too', () => {
    const tcp = talk();
    tcp.send('client', 1_000_009, '', { flags: FIN | ACK, acknowledgment: 5_000_007 });
    tcp.send('server', 5_000_007, '', { flags: FIN | ACK, acknowledgment: 1_000_010 });
    tcp.send('client', 10_000, 'new', { acknowledgment: 20_000 });
    tcp.end();
    expect(tcp.seen.text('client')).toBe('questionnew');
    expect(tcp.seen.faults).toEqual([]);
  });

  test('an answer to a SYN that was not captured', () => {
    const tcp = talk();
    const stream = tcp.send('server', 90_000, '', { flags: SYN | ACK, acknowledgment: 70_001 });
    expect(reused(tcp)).toBe(true);
    expect(stream.index).toBe(0);
    tcp.send('client', 70_001, 'x', { acknowledgment: 90_001 });
    expect(tcp.seen.text('client')).toBe('questionx');
  });

  test.each([
    ['lost bytes of one side', 9_000_000, 5_000_007, 'x'],
    ['lost bytes of both sides', 1_200_000, 5_200_000, 'x'],
    ['a retransmission', 1_000_001, 5_000_001, 'question'],
    ['an old segment of both sides', 1_000_001, 4_990_000, 'question'],
    ['bytes from before the first one that was captured', 990_000, 4_990_000, 'x'],
    ['a segment without bytes', 10_000, 20_000, ''],
    ['a ClientHello that goes on in its place', 1_000_009, 5_200_000, HELLO],
  ])('is not: %s', (_name, sequence, acknowledgment, data) => {
    const tcp = talk();
    tcp.send('client', sequence, data, { acknowledgment });
    expect(tcp.seen.events.some((event) => event.includes('reused'))).toBe(false);
  });

  test('is not: a SYN-ACK that is sent again with another number', () => {
    const tcp = new Connection();
    tcp.send('client', 1000, '', { flags: SYN });
    tcp.send('server', 5000, '', { flags: SYN | ACK, acknowledgment: 1001 });
    tcp.send('server', 6000, '', { flags: SYN | ACK, acknowledgment: 1001 });
    expect(tcp.seen.events.some((event) => event.includes('reused'))).toBe(false);
  });
});
