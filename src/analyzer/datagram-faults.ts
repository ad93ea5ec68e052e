/** What is wrong with the datagram around a message: how much of it is missing, and why. */
import type { Fault } from '../bytes/fault.js';
import { counted } from '../bytes/text.js';

/** Of a decoded datagram: see PacketDecoder. */
type Lengths = {
  readonly bytes: Uint8Array;
  readonly missing: number;
  readonly overstated: number;
};

const NO_FAULTS: readonly Fault[] = [];

/** `isIncomplete`: its last IP fragments are missing. */
export function datagramFaults(
  { bytes, missing, overstated }: Lengths,
  isIncomplete: boolean,
): readonly Fault[] {
  if (missing === 0 && overstated === 0) return NO_FAULTS;
  const faults: Fault[] = [];
  const add = (code: string, message: string): void => {
    faults.push({ code, message, start: bytes.length, length: 0 });
  };
  if (missing > 0 && isIncomplete)
    add(
      'fragments-missing',
      `the last ${counted(missing, 'byte')} of the datagram are in IP fragments that the capture lacks`,
    );
  else if (missing > 0)
    add(
      'cut-by-snap-length',
      `the capture cut the last ${counted(missing, 'byte')} of the datagram (snap length)`,
    );
  if (overstated > 0)
    add('udp-length', `the UDP length says ${counted(overstated, 'byte')} more than the IP payload has`);
  return faults;
}
