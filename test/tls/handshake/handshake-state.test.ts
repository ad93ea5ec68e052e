import { describe, expect, it } from 'vitest';
import type { Extension } from '../../../src/tls/handshake/extensions.js';
import { chosenVersion, HandshakeState, isVersion13 } from '../../../src/tls/handshake/handshake-state.js';
import type { ClientHello, ServerHello } from '../../../src/tls/handshake/messages.js';
import type { Position } from '../../../src/tls/handshake/transitions.js';

const NONE = new Uint8Array(0);

function extension(type: number, more: Partial<Extension> = {}): Extension {
  return { type, name: '', data: NONE, values: [], codes: [], ...more };
}

const clientHello = (more: Partial<ClientHello> = {}): ClientHello => ({
  kind: 'client_hello',
  format: 'tls',
  version: 0x0303,
  random: new Uint8Array(32),
  sessionId: NONE,
  cipherSuites: [0x002f],
  compressionMethods: [0],
  extensions: [],
  ...more,
});

const serverHello = (more: Partial<ServerHello> = {}): ServerHello => ({
  kind: 'server_hello',
  version: 0x0303,
  random: new Uint8Array(32),
  sessionId: NONE,
  cipherSuite: 0x002f,
  compressionMethod: 0,
  extensions: [],
  retryRequest: false,
  ...more,
});

const ID = Uint8Array.of(1, 2, 3);
const TICKET = extension(35, { data: Uint8Array.of(9) });
const TLS13 = extension(43, { codes: [0x0304] });

function state(
  client?: ClientHello,
  server?: ServerHello,
  position: Position = 'server_hello',
): HandshakeState {
  const made = new HandshakeState();
  made.clientHello = client;
  made.serverHello = server;
  made.position = position;
  return made;
}

describe('resumption', () => {
  const echoed = [clientHello({ sessionId: ID }), serverHello({ sessionId: ID })] as const;
  const ticket = clientHello({ extensions: [TICKET] });

  it.each<[string, HandshakeState, boolean]>([
    ['the session ID comes back', state(...echoed), true],
    ['the session ID comes back, and ciphers change', state(...echoed, 'resumed_server_changed'), true],
    ['the session ID comes back, to the end', state(...echoed, 'resumed_established'), true],
    ['the session ID comes back with a certificate', state(...echoed, 'server_certificate'), false],
    ['the session ID comes back, in a full handshake', state(...echoed, 'established'), false],
    [
      'another session ID',
      state(clientHello({ sessionId: ID }), serverHello({ sessionId: Uint8Array.of(1, 2, 4) })),
      false,
    ],
    ['no session ID on either side', state(clientHello(), serverHello()), false],
    [
      'a ticket, and the server has not changed ciphers',
      state(ticket, serverHello(), 'resumed_ticket'),
      false,
    ],
    [
      'a ticket, and the server changes ciphers',
      state(ticket, serverHello(), 'resumed_server_changed'),
      true,
    ],
    [
      'an empty ticket',
      state(clientHello({ extensions: [extension(35)] }), serverHello(), 'resumed_server_changed'),
      false,
    ],
    ['neither ID nor ticket', state(clientHello(), serverHello(), 'resumed_server_changed'), false],
    ['no ClientHello', state(undefined, serverHello({ sessionId: ID })), false],
    ['no ServerHello', state(clientHello({ sessionId: ID })), false],
    [
      'TLS 1.3, which echoes every ID',
      state(clientHello({ sessionId: ID }), serverHello({ sessionId: ID, extensions: [TLS13] })),
      false,
    ],
  ])('%s', (_name, made, resumed) => {
    expect(made.resumed).toBe(resumed);
  });
});

describe('what the hellos settle', () => {
  it('the version', () => {
    expect(state().version).toBeUndefined();
    expect(state().isTls13).toBe(false);
    expect(state(undefined, serverHello()).version).toBe(0x0303);
    expect(state(undefined, serverHello({ extensions: [TLS13] })).version).toBe(0x0304);
    expect(state(undefined, serverHello({ extensions: [TLS13] })).isTls13).toBe(true);
    expect(chosenVersion(serverHello({ version: 0x7f12 }))).toBe(0x7f12);
    expect([0x0303, 0x0304, 0x7f12].map(isVersion13)).toEqual([false, true, true]);
  });

  it('both randoms, the suite and the version, once both are there', () => {
    expect(state(clientHello()).negotiated).toBeUndefined();
    expect(state(undefined, serverHello()).negotiated).toBeUndefined();
    expect(state(clientHello(), serverHello()).negotiated).toMatchObject({
      version: 0x0303,
      suite: { id: 0x002f },
    });
  });

  it('encrypt-then-MAC for CBC suites alone, the extended master secret and the truncated HMAC by the server’s word', () => {
    const extensions = [extension(22), extension(23), extension(4)];
    const cbc = state(clientHello(), serverHello({ extensions }));
    expect([cbc.encryptThenMac, cbc.extendedMasterSecret, cbc.truncatedHmac]).toEqual([true, true, true]);
    const gcm = state(clientHello(), serverHello({ extensions, cipherSuite: 0x009c }));
    expect([gcm.encryptThenMac, gcm.extendedMasterSecret]).toEqual([false, true]);
    const offered = state(clientHello({ extensions }), serverHello());
    expect([offered.encryptThenMac, offered.extendedMasterSecret, offered.truncatedHmac]).toEqual([
      false,
      false,
      false,
    ]);
    expect(state(clientHello({ extensions })).extendedMasterSecret).toBe(false);
  });

  it('the session ID, but an empty one and that of TLS 1.3', () => {
    expect(state(clientHello(), serverHello({ sessionId: ID })).sessionId).toEqual(ID);
    expect(state(clientHello(), serverHello()).sessionId).toBeUndefined();
    expect(state(clientHello()).sessionId).toBeUndefined();
    expect(
      state(clientHello(), serverHello({ sessionId: ID, extensions: [TLS13] })).sessionId,
    ).toBeUndefined();
  });

  it('the ticket and the early data that the client offers', () => {
    expect(state(clientHello({ extensions: [TICKET] })).offeredTicket).toEqual(Uint8Array.of(9));
    expect(state(clientHello()).offeredTicket).toBeUndefined();
    expect(state().offeredTicket).toBeUndefined();
    expect(state(clientHello({ extensions: [extension(42)] })).earlyDataOffered).toBe(true);
    expect(state(clientHello()).earlyDataOffered).toBe(false);
    expect(state().earlyDataOffered).toBe(false);
  });

  it('is finished with the Finished of both sides', () => {
    const made = state();
    expect(made.isFinished).toBe(false);
    made.finished.client = 'invalid';
    expect(made.isFinished).toBe(false);
    made.finished.server = 'unverifiable';
    expect(made.isFinished).toBe(true);
    made.finished = { server: 'valid' };
    expect(made.isFinished).toBe(false);
  });
});
