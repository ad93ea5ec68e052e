import type { FrameSelection } from '../../engine/frame-selection.js';
import { describeUnreadPackets } from '../../engine/sink.js';
import { counted } from '../../engine/tally.js';
import { type WriteOptions, writeFrames } from '../../engine/write-frames.js';
import { describeWriteError, isClosedPipe } from '../../io/file-error.js';
import { UsageError } from '../exit.js';
import { tell } from './output.js';
import { packetSink } from './sink.js';

/** Saves the selected frames (`--write`) and tells what became of them: by `say` what is no warning. */
export async function saveFrames(
  path: string,
  files: readonly string[],
  selection: FrameSelection,
  options: WriteOptions & { readonly say: (line: string) => void; readonly mode: number | undefined },
): Promise<void> {
  const { say, stop, signal, mode } = options;
  try {
    const output = packetSink(path, signal, { isSecret: selection.keyLog.length > 0, mode });
    const { count, stoppedAt, unread } = await writeFrames(output, files, selection, options);
    const place = stop === undefined ? '' : ' of what was read';
    const secrets = counted(selection.keyLog.length, 'line');
    if (unread === undefined) say(`${path}: ${counted(count, 'packet')}${place}, ${secrets} of TLS secrets`);
    const kept =
      unread === undefined ? 'the packets before it are saved' : describeUnreadPackets(path, unread);
    if (stoppedAt !== undefined)
      tell(`interrupted ${stoppedAt} while packets were saved in ${path}; ${kept}, all records are written`);
    else if (unread !== undefined) tell(kept);
  } catch (error) {
    const sentence = `--write ${describeWriteError(path, error)}`;
    if (!isClosedPipe(error)) throw new UsageError(sentence);
    tell(sentence);
  }
}
