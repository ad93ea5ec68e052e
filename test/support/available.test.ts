import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { available } from './available.js';

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

it('says which tests are skipped where something is missing', () => {
  expect(available(false, 'tshark', 'comparisons with it', 'SIPLENS_REQUIRE_PEERS', {})).toBe(false);
  expect(console.warn).toHaveBeenCalledExactlyOnceWith('tshark not found: comparisons with it are skipped');
});

it('fails where what is missing is required', () => {
  const environment = { SIPLENS_REQUIRE_PEERS: '1' };
  const peer = (): boolean => available(false, 'tshark', 'tests', 'SIPLENS_REQUIRE_PEERS', environment);
  expect(peer).toThrow('tshark not found, and SIPLENS_REQUIRE_PEERS is set');
  const corpus = (): boolean => available(false, 'captures', 'tests', 'SIPLENS_REQUIRE_CORPUS', environment);
  expect(corpus()).toBe(false);
});

it('is silent where it is there', () => {
  const environment = { SIPLENS_REQUIRE_CORPUS: '1' };
  expect(available(true, 'captures', 'tests', 'SIPLENS_REQUIRE_CORPUS', environment)).toBe(true);
  expect(console.warn).not.toHaveBeenCalled();
});
