/** TLS: records split, joined, doubled and relabelled; handshake messages with other lengths; key logs line by line. */
import { mutate } from '../../test/support/mutate.js';
import type { Random } from '../random.js';
import { hostileText } from './hostile-text.js';

export function mutateTlsRecords(original: Uint8Array, random: Random): Uint8Array {
  const bytes = Buffer.from(original);
  const records: Buffer[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    records.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  if (records.length === 0) return mutate(bytes, random.next);
  const index = random.below(records.length);
  const record = records[index] as Buffer;
  const rest = bytes.subarray(Math.min(at, bytes.length));
  switch (random.below(7)) {
    case 0:
      records.splice(index, 1);
      break;
    case 1:
      records.splice(index, 0, record);
      break;
    case 2: {
      const cut = random.below(Math.max(1, record.length - 5));
      records.splice(
        index,
        1,
        recordOf(record, record.subarray(5, 5 + cut)),
        recordOf(record, record.subarray(5 + cut)),
      );
      break;
    }
    case 3:
      record[0] = random.pick([20, 21, 22, 23, 24, 26, 0, 255]);
      break;
    case 4:
      record.writeUInt16BE(random.pick([0, 1, 0x4000, 0x4801, 0xffff, record.length]), 3);
      break;
    case 5:
      // The length of a handshake message, or its type.
      if (record.length > 9) record[5 + random.below(4)] = random.below(256);
      break;
    default:
      records[index] = recordOf(record, Buffer.from(mutate(record.subarray(5), random.next)));
  }
  return Buffer.concat([...records, rest]);
}

function recordOf(like: Buffer, contents: Buffer): Buffer {
  const head = Buffer.from(like.subarray(0, 5));
  head.writeUInt16BE(contents.length & 0xffff, 3);
  return Buffer.concat([head, contents]);
}

/** A key log with lines left out, doubled, swapped and damaged. */
export function mutateKeyLog(text: string, random: Random): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const line = lines[at] ?? '';
  switch (random.below(4)) {
    case 0:
      return lines.toSpliced(at, 1).join('\n');
    case 1:
      return lines.toSpliced(at, 0, line, line.slice(0, random.below(line.length + 1))).join('\n');
    case 2:
      return lines.with(at, line.replace(/^\w*/, hostileText(random))).join('\n');
    default:
      return lines
        .with(at, `${line}${random.pick(['0', '00', 'zz', ' ', '\r', '\u0000', 'ff'.repeat(500)])}`)
        .join('\n');
  }
}
