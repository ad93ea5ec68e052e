import { describe, expect, it } from 'vitest';
import { SessionCache, sessionIdKey, ticketKey } from '../../src/tls/keys/session-cache.js';

const secret = (first: number): Uint8Array =>
  Uint8Array.from({ length: 48 }, (_, index) => first + 37 * index);

describe('SessionCache', () => {
  it('gives back the secrets that it was given, whatever bytes they have', () => {
    const sessions = new SessionCache();
    const keys = [sessionIdKey(Uint8Array.of(0, 255, 128)), ticketKey(secret(1))];
    for (const [index, key] of keys.entries()) sessions.remember(key, secret(index));
    for (const [index, key] of keys.entries()) expect(sessions.master(key)).toEqual(secret(index));
    expect(sessions.master(sessionIdKey(secret(1)))).toBeUndefined();
    sessions.rememberPremaster('a', secret(9));
    sessions.rememberPremaster('b', null);
    expect(sessions.premaster('a')).toEqual(secret(9));
    expect(sessions.premaster('b')).toBeNull();
    expect(sessions.premaster('c')).toBeUndefined();
  });

  it('forgets the oldest where it may remember no more', () => {
    const sessions = new SessionCache({ sessions: 2, premasters: 1 });
    for (const key of ['a', 'b', 'c']) {
      sessions.remember(key, secret(1));
      sessions.rememberPremaster(key, null);
    }
    expect(['a', 'b', 'c'].map((key) => sessions.master(key) !== undefined)).toEqual([false, true, true]);
    expect(['b', 'c'].map((key) => sessions.premaster(key))).toEqual([undefined, null]);
    expect(sessions.premasters).toBe(1);
  });
});

describe('connections that wait', () => {
  /** A connection that opens once `open` is set, and notes what is asked of it. */
  const waiter = () => {
    const calls: string[] = [];
    const one = {
      open: false,
      calls,
      retry: () => {
        calls.push('retry');
        return one.open;
      },
      release: () => {
        calls.push('release');
      },
    };
    return one;
  };

  it('are woken by the secret that they wait for, and by no other', () => {
    const sessions = new SessionCache();
    const [first, second, other] = [waiter(), waiter(), waiter()];
    sessions.hold(first, 10, ['a', 'b']);
    sessions.hold(second, 10, ['a']);
    sessions.hold(other, 10, ['c']);
    expect(sessions.waiting).toBe(3);
    first.open = true;
    sessions.remember('a', secret(1));
    expect([first.calls, second.calls, other.calls]).toEqual([['retry'], ['retry'], []]);
    // The one that opened waits no longer, for `b` neither.
    expect(sessions.waiting).toBe(2);
    sessions.remember('b', secret(1));
    expect(first.calls).toEqual(['retry']);
    // What woke a connection does so once, until it asks again.
    sessions.remember('a', secret(2));
    expect(second.calls).toEqual(['retry']);
  });

  it('try again when keys were added', () => {
    const sessions = new SessionCache();
    const [first, second] = [waiter(), waiter()];
    sessions.hold(first, 10, []);
    sessions.hold(second, 10, []);
    second.open = true;
    sessions.retry();
    expect([first.calls, second.calls]).toEqual([['retry'], ['retry']]);
    expect(sessions.waiting).toBe(1);
  });

  it('let go, the one that has waited longest first, where they hold too much', () => {
    const sessions = new SessionCache({ heldBytes: 100 });
    const [first, second, third] = [waiter(), waiter(), waiter()];
    sessions.hold(first, 40, ['a']);
    sessions.hold(second, 40, ['a']);
    sessions.hold(first, 20, ['a']);
    expect([first.calls, second.calls]).toEqual([[], []]);
    sessions.hold(third, 1, []);
    expect([first.calls, second.calls, third.calls]).toEqual([['release'], [], []]);
    expect(sessions.waiting).toBe(2);
    // 41 bytes are held now: 59 more fit.
    sessions.hold(third, 59, []);
    expect(second.calls).toEqual([]);
    sessions.hold(third, 1, []);
    expect(second.calls).toEqual(['release']);
    sessions.remember('a', secret(1));
    expect(first.calls).toEqual(['release']);
  });

  it('are forgotten with what they held', () => {
    const sessions = new SessionCache({ heldBytes: 100 });
    const [first, second] = [waiter(), waiter()];
    sessions.hold(first, 90, ['a']);
    sessions.forget(first);
    sessions.forget(second);
    sessions.hold(second, 100, []);
    expect(second.calls).toEqual([]);
    sessions.remember('a', secret(1));
    expect(first.calls).toEqual([]);
  });
});

describe('certificates', () => {
  it('are parsed once for all connections that show them', () => {
    const sessions = new SessionCache();
    const first = sessions.certificate(Uint8Array.of(0x30, 0));
    expect(first.ok).toBe(false);
    expect(sessions.certificate(Uint8Array.of(0x30, 0))).toBe(first);
    expect(sessions.certificate(Uint8Array.of(0x30, 1, 0))).not.toBe(first);
  });
});
