/** Times, sizes and addresses as the screens show them. */

import type { Endpoint } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';
import type { TimeStyle } from './screen.js';

export function formatEndpoint(endpoint: Endpoint | undefined): string {
  if (endpoint === undefined) return '';
  const { address, port } = endpoint;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A frame's time; `origin` is the first frame's for `relative`, the one before for `delta`. UTC. */
export function formatTime(
  frame: FrameRef | undefined,
  style: TimeStyle,
  origin: FrameRef | undefined,
  mostDigits = 6,
): string {
  if (frame === undefined) return '';
  if (style === 'relative' || style === 'delta') {
    return origin === undefined ? '' : secondsBetween(origin, frame).toFixed(mostDigits);
  }
  const text = new Date(frame.seconds * 1000).toISOString();
  // The list is for reading; the tree has all digits.
  const digits = Math.min(mostDigits, frame.timeDigits);
  const fraction = digits === 0 ? '' : `.${String(frame.nanoseconds).padStart(9, '0').slice(0, digits)}`;
  const clock = text.slice(-13, -5) + fraction;
  return style === 'date' ? `${text.slice(0, -14)} ${clock}` : clock;
}

export function secondsBetween(from: FrameRef, to: FrameRef): number {
  return to.seconds - from.seconds + (to.nanoseconds - from.nanoseconds) / 1e9;
}

/** A duration for a person: `1.25 s`, `3:07`, `12 ms`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.0005) return '0 ms';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

/** Bytes for a person: `12 kB`, `197.3 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 999.5) return `${bytes.toFixed(0)} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

/** `1 call`, `1,234 calls`. */
export function formatCounted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** The words of a security column with what goes without saying left out, for narrow screens. */
export function shortSecurity(words: string): string {
  return (
    words
      .replaceAll('decrypted', 'opened')
      .replaceAll('signed, not by the sender', 'NOT BY SENDER')
      .replaceAll('signed, signer not trusted', 'signed, untrusted')
      .replaceAll('signed, no anchor given', 'signed, no anchor')
      .replaceAll('signed, sender not named', 'signed, no name')
      .replaceAll('signed, other parts are not', 'signed in part')
      // What could not be checked has its mark; tree and findings tell why.
      .replaceAll('; identity ?', '')
      .replace(/(\d) (RSA|DHE|ECDHE|ECDH|DH|AES|PSK)_/, '$1, $2_')
      .replaceAll('; ', ', ')
  );
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** 1234567 as `1,234,567`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The name of a URI without its scheme and parameters: `alice@example.com`. */
export function shortUri(uri: string): string {
  return uri.replace(/^sips?:/i, '').replace(/[;?].*$/, '');
}
