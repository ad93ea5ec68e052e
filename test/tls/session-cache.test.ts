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
