import { describeError } from '../../bytes/fault.js';
import type { Frame } from '../../capture/frame.js';
import { formatAddress } from '../../net/address.js';
import { PacketDecoder } from '../../net/decoder.js';
import { SCHEMA_VERSION } from './declared/field.js';
import type { PacketRecord } from './declared/record-types.js';
import { timestamp } from './to-record.js';

/** Makes a record of each frame, for exports that include packets; with a decoder of its own. */
export class PacketRecords {
  readonly #decoder = new PacketDecoder();

  record(file: string, frame: Frame): PacketRecord {
    const decoder = this.#decoder;
    decoder.decode(frame.linkType, frame.data);
    const { outcome, stop, addressBytes, sourceOffset, destinationOffset, addressLength } = decoder;
    const hasTransport = outcome === 'udp' || outcome === 'tcp' || outcome === 'pdu';
    return {
      schema_version: SCHEMA_VERSION,
      type: 'packet',
      file,
      frame: frame.number,
      ...(frame.untimed === true ? {} : { timestamp: timestamp(frame) }),
      link_type: frame.linkType,
      captured_length: frame.capturedLength,
      original_length: frame.originalLength,
      protocol: outcome === 'tcp' ? 'TCP' : outcome === 'udp' ? 'UDP' : decoder.protocol,
      ...(addressBytes.length === 0
        ? {}
        : {
            src: formatAddress(addressBytes, sourceOffset, addressLength),
            dst: formatAddress(addressBytes, destinationOffset, addressLength),
          }),
      ...(hasTransport
        ? {
            src_port: decoder.sourcePort,
            dst_port: decoder.destinationPort,
            payload_length: decoder.payloadEnd - decoder.payloadStart,
          }
        : {}),
      ...(stop === undefined ? {} : { problem: describeError(stop) }),
    };
  }
}
