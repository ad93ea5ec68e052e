import type { Command } from './keymap.js';

/** A cursor in a list and the part of the list that is seen. */
export class ListCursor {
  position = 0;
  top = 0;
  #height = 1;

  /** Fits the cursor to a list of `length` lines of which `height` are seen; call before drawing. */
  fit(length: number, height: number): void {
    this.#height = Math.max(1, height);
    this.position = clamp(this.position, 0, Math.max(0, length - 1));
    if (this.position < this.top) this.top = this.position;
    if (this.position >= this.top + this.#height) this.top = this.position - this.#height + 1;
    this.top = clamp(this.top, 0, Math.max(0, length - this.#height));
  }

  /** Moves; whether the command was one of moving. */
  run(command: Command, length: number): boolean {
    const page = Math.max(1, this.#height - 1);
    const half = Math.max(1, this.#height >> 1);
    switch (command) {
      case 'up':
        this.position--;
        break;
      case 'down':
        this.position++;
        break;
      case 'pageUp':
        this.#scroll(-page);
        break;
      case 'pageDown':
        this.#scroll(page);
        break;
      case 'halfUp':
        this.#scroll(-half);
        break;
      case 'halfDown':
        this.#scroll(half);
        break;
      case 'top':
        this.position = 0;
        break;
      case 'bottom':
        this.position = length - 1;
        break;
      default:
        return false;
    }
    this.position = clamp(this.position, 0, Math.max(0, length - 1));
    return true;
  }

  /** Puts the cursor on a line and that line about the middle of what is seen. */
  center(position: number): void {
    this.position = position;
    this.top = Math.max(0, position - (this.#height >> 1));
  }

  #scroll(lines: number): void {
    this.position += lines;
    this.top += lines;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
