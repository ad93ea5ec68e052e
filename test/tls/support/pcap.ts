import type { Flight } from './run.js';

/** TCP payloads of a small classic pcap of DLT_NULL, as flights: in order, with nothing missing. */
export function nullPcapFlights(file: Buffer, serverPort: number): Flight[] {
  const big = file.readUInt32BE(0) === 0xa1b2c3d4;
  const u32 = (at: number) => (big ? file.readUInt32BE(at) : file.readUInt32LE(at));
  const flights: Flight[] = [];
  let number = 0;
  for (let at = 24; at + 16 <= file.length; ) {
    const length = u32(at + 8);
    const packet = file.subarray(at + 16, at + 16 + length);
    at += 16 + length;
    number++;
    const ip = packet.subarray(4);
    const headerLength = ((ip[0] as number) & 15) * 4;
    const tcp = ip.subarray(headerLength, ip.readUInt16BE(2));
    const data = tcp.subarray(((tcp[12] as number) >> 4) * 4);
    if (data.length === 0) continue;
    const direction = tcp.readUInt16BE(2) === serverPort ? 'client' : 'server';
    flights.push({ direction, data, frame: number });
  }
  return flights;
}
