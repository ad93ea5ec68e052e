/** pcap and pcapng files: packets are left out, doubled, moved, cut and changed, each in a file that stays whole, mostly. */
import { mutate } from '../../test/support/mutate.js';
import { CaptureBuilder } from '../../test/support/pcap-builder.js';
import type { Random } from '../random.js';
import { mutateSip } from './sip.js';
import { mutateTlsRecords } from './tls.js';

type Block = { readonly head: Buffer; readonly data: Buffer };

/** A file of packets, with some of them changed. */
export function mutateCapture(original: Uint8Array, random: Random): Uint8Array {
  const bytes = Buffer.from(original);
  const packets = classicPackets(bytes);
  if (packets === undefined || random.chance(0.15)) return mutate(bytes, random.next);
  let blocks = [...packets.blocks];
  for (let times = 1 + random.below(4); times > 0 && blocks.length > 0; times--) {
    const at = random.below(blocks.length);
    const block = blocks[at] as Block;
    switch (random.below(7)) {
      case 0:
        blocks.splice(at, 1);
        break;
      case 1:
        blocks.splice(random.below(blocks.length), 0, block);
        break;
      case 2:
        blocks.splice(at, 1);
        blocks.splice(random.below(blocks.length + 1), 0, block);
        break;
      case 3:
        blocks[at] = { head: block.head, data: block.data.subarray(0, random.below(block.data.length + 1)) };
        break;
      case 4:
        blocks = blocks.slice(0, at);
        break;
      case 5:
        blocks[at] = { head: block.head, data: Buffer.from(mutate(block.data, random.next)) };
        break;
      default:
        blocks[at] = { head: block.head, data: changedPayload(block.data, random) };
    }
  }
  return Buffer.concat([
    packets.header,
    ...blocks.flatMap(({ head, data }) => [lengths(head, data, packets.isLittle), data]),
  ]);
}

/** A message as a capture carries it: one UDP packet, or pieces of a TCP connection. */
export function captureOf(message: Uint8Array, random: Random): Uint8Array {
  const builder = new CaptureBuilder();
  const client = { address: '192.0.2.1', port: 5060 };
  const server = { address: '192.0.2.2', port: 5060 };
  if (message.length < 60_000 && random.chance(0.6)) builder.udp(client, server, message);
  else {
    // Segments of a few bytes only where they are few.
    const least = Math.ceil(message.length / 500);
    builder
      .connect(client, server)
      .send('client', message, { segmentSize: least + random.below(random.chance(0.2) ? 20 : 1400) + 1 })
      .close();
  }
  return builder.toBytes();
}

/** Packets of a pcap file in either byte order; undefined where it is none. */
function classicPackets(
  bytes: Buffer,
): { readonly header: Buffer; readonly blocks: readonly Block[]; readonly isLittle: boolean } | undefined {
  if (bytes.length < 24) return undefined;
  const magic = bytes.readUInt32LE(0);
  const isLittle = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  const isBig = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1;
  if (!isLittle && !isBig) return undefined;
  const blocks: Block[] = [];
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = isLittle ? bytes.readUInt32LE(at + 8) : bytes.readUInt32BE(at + 8);
    if (at + 16 + length > bytes.length) break;
    blocks.push({ head: bytes.subarray(at, at + 16), data: bytes.subarray(at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return { header: bytes.subarray(0, 24), blocks, isLittle };
}

function lengths(head: Buffer, data: Buffer, isLittle: boolean): Buffer {
  const fixed = Buffer.from(head);
  if (isLittle) fixed.writeUInt32LE(data.length, 8);
  else fixed.writeUInt32BE(data.length, 8);
  return fixed;
}

/** What an IPv4 packet carries, by its own mutator; its length fields are made right again. */
function changedPayload(frame: Buffer, random: Random): Buffer {
  const ip = frame.indexOf(0x45);
  if (ip < 0 || ip > 22 || frame.length < ip + 40) return Buffer.from(mutate(frame, random.next));
  const isUdp = frame[ip + 9] === 17;
  const start = ip + 20 + (isUdp ? 8 : ((frame[ip + 32] as number) >> 4) * 4);
  const payload = frame.subarray(start, ip + frame.readUInt16BE(ip + 2));
  if (payload.length === 0) return Buffer.from(mutate(frame, random.next));
  const isTls = (payload[0] as number) >= 20 && (payload[0] as number) <= 24 && payload[1] === 3;
  const changed = isTls ? mutateTlsRecords(payload, random) : mutateSip(payload, random);
  const most = Buffer.from(changed).subarray(0, 65_000);
  const result = Buffer.concat([frame.subarray(0, start), most]);
  result.writeUInt16BE(result.length - ip, ip + 2);
  if (isUdp) result.writeUInt16BE(most.length + 8, ip + 24);
  return result;
}
