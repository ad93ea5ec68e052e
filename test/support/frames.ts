import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { detectFileKind } from '../../src/capture/detect.js';
import type { Frame } from '../../src/capture/frame.js';
import { createCaptureReader } from '../../src/capture/reader.js';

/** The frames of a capture file, gzipped or not, with data that stays. What cannot be read of it is left out. */
export function readFrames(path: string): Frame[] {
  const file = readFileSync(path);
  const bytes = detectFileKind(file) === 'gzip' ? gunzipSync(file) : file;
  const kind = detectFileKind(bytes);
  if (kind !== 'pcap' && kind !== 'pcapng') return [];
  const frames: Frame[] = [];
  const reader = createCaptureReader(kind, {
    frame: (frame) => frames.push({ ...frame, data: new Uint8Array(frame.data) }),
    secrets: () => {},
    problem: () => {},
  });
  reader.push(bytes);
  reader.end();
  return frames;
}
