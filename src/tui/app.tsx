/** The shell in React: one line, one Text. All that decides what is shown is in the shell; Ink draws it. */
import { Box, Text, useStdin } from 'ink';
import { memo, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { render } from '../report/render.js';
import { KeyDecoder } from './keys.js';
import type { Area } from './screen.js';
import type { Shell } from './shell.js';

/** How long a lone escape waits for the rest of a sequence: terminals send one at once, a slow link in a while. */
const ESCAPE_MILLISECONDS = 30;

/** A line as `render` gave it: compared as text, so that lines that stay are not drawn again. */
const Line = memo(function Line({ text }: { readonly text: string }) {
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>;
});

export type AppProps = { readonly shell: Shell; readonly area: Area };

export function App({ shell, area }: AppProps) {
  useSyncExternalStore(shell.subscribe, shell.version);
  useKeys(shell);
  const lines = shell.lines(area);
  return (
    <Box flexDirection="column" width={area.columns} height={area.rows}>
      {lines.slice(0, area.rows).map((line, row) => (
        // A line is its place on the screen.
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
        <Line key={row} text={render(line, shell.theme.paint)} />
      ))}
    </Box>
  );
}

/** Hands keys to the shell. Not Ink's own hook: it tells no function keys apart. */
function useKeys(shell: Shell): void {
  const { stdin } = useStdin();
  const [decoder] = useState(() => new KeyDecoder());
  const timer = useRef<NodeJS.Timeout | undefined>(undefined);
  useEffect(() => {
    const take = (data: string | Buffer): void => {
      clearTimeout(timer.current);
      shell.press(decoder.push(data.toString()));
      if (decoder.isWaiting)
        timer.current = setTimeout(() => shell.press(decoder.flush()), ESCAPE_MILLISECONDS);
    };
    stdin.on('data', take);
    return () => {
      clearTimeout(timer.current);
      stdin.off('data', take);
    };
  }, [stdin, decoder, shell]);
}
