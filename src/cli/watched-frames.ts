import type { CaptureAnalyzer } from '../analyzer/capture-analyzer.js';
import type { Frame } from '../capture/frame.js';
import type { CaptureHandler } from '../capture/reader.js';
import type { CurrentFrame } from '../store/session-store.js';

/** Hands each frame to `current`, then to the analyzer, as what the interactive view keeps of it. */
export function watchFrames(
  analyzer: CaptureAnalyzer,
  isRereadable: boolean,
  current: (frame: CurrentFrame) => void,
): CaptureHandler {
  return {
    frame: (frame: Frame) => {
      current({
        number: frame.number,
        offset: frame.fileOffset,
        capturedLength: frame.capturedLength,
        originalLength: frame.originalLength,
        linkType: frame.linkType,
        data: frame.data,
        isRereadable,
      });
      analyzer.frame(frame);
    },
    secrets: (type, bytes) => analyzer.secrets(type, bytes),
    problem: (problem) => analyzer.problem(problem),
  };
}
