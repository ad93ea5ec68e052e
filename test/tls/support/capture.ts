import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { detectFileKind } from '../../../src/capture/detect.js';
import { createCaptureReader } from '../../../src/capture/reader.js';
import { PacketDecoder } from '../../../src/net/decoder.js';
import { TcpReassembler } from '../../../src/stream/tcp.js';
import type { Flight } from './run.js';

export type CapturedStream = { readonly index: number; readonly flights: Flight[] };

/** The TCP streams of a capture file as flights, and the key logs inside it. */
export function readStreams(path: string): { streams: CapturedStream[]; secrets: string } {
  const file = readFileSync(path);
  const bytes = detectFileKind(file) === 'gzip' ? gunzipSync(file) : file;
  return streamsOf(bytes);
}

export function streamsOf(bytes: Uint8Array): { streams: CapturedStream[]; secrets: string } {
  const streams: CapturedStream[] = [];
  let secrets = '';
  const reassembler = new TcpReassembler({
    open: ({ index }): CapturedStream => {
      const stream = { index, flights: [] };
      streams[index] = stream;
      return stream;
    },
    chunk: ({ flights }, { direction, data, gap, frame }) => {
      const flight = { direction, data: new Uint8Array(data), frame: frame.number };
      flights.push(gap > 0 ? { ...flight, lost: gap } : flight);
    },
    fault: () => {},
    close: () => {},
  });
  const decoder = new PacketDecoder();
  const kind = detectFileKind(bytes);
  const reader = createCaptureReader(kind === 'pcapng' ? 'pcapng' : 'pcap', {
    frame: (frame) => {
      decoder.decode(frame.linkType, frame.data);
      if (decoder.outcome === 'tcp') reassembler.segment(decoder, frame);
    },
    secrets: (_type, text) => {
      secrets += `${Buffer.from(text).toString('latin1')}\n`;
    },
    problem: () => {},
  });
  reader.push(bytes);
  reader.end();
  reassembler.end();
  return { streams, secrets };
}
