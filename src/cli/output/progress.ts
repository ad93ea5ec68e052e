import type { RunProgress } from '../../engine/progress.js';
import { render } from '../../report/render.js';
import { sliceCells } from '../../report/styled.js';

/** Times a second that the lines are drawn: calm to the eye, nothing to the processor. */
const MILLISECONDS = 200;

/** Lines on a terminal that say how far a run is: bytes, rate, time left, and one line per worker. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #read: () => RunProgress;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  #drawn = 0;

  /** `read` is asked whenever the lines are drawn. */
  constructor(stream: NodeJS.WriteStream, read: () => RunProgress) {
    this.#stream = stream;
    this.#read = read;
    this.#timer = setInterval(() => this.#draw(), MILLISECONDS);
    this.#timer.unref();
  }

  /** Takes the lines away, so that something else can be written. */
  clear(): void {
    if (this.#drawn === 0) return;
    this.#stream.write(`\x1b[${this.#drawn}F\x1b[J`);
    this.#drawn = 0;
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(): void {
    const seconds = (performance.now() - this.#began) / 1000;
    const width = (this.#stream.columns ?? 80) - 1;
    const lines = progressLines(this.#read(), seconds).map((line) =>
      render(sliceCells(line, 0, width), 'nothing'),
    );
    this.clear();
    this.#stream.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }
}

/** The lines of a state after so many seconds. */
export function progressLines({ done, total, workers }: RunProgress, seconds: number): string[] {
  const rate = seconds > 0 ? done / seconds : 0;
  const first = [size(done)];
  if (total !== undefined && total > 0) {
    first[0] = `${size(done)} of ${size(total)} (${percent(done, total)})`;
    if (rate > 0 && done < total) first.push(`${time((total - done) / rate)} left`);
  }
  first.push(`${size(rate)}/s`, time(seconds));
  return [
    first.join('  '),
    ...workers.map(({ file, done: own, total: of }) => {
      const part = of === undefined || of === 0 ? size(own) : percent(own, of);
      return `  ${part.padStart(8)}  ${file}`;
    }),
  ];
}

function percent(done: number, total: number): string {
  return `${Math.min(100, Math.floor((100 * done) / total))} %`;
}

function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** `1:05`, or with hours `2:01:05`. */
function time(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const rest = String(whole % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}
