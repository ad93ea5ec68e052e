/** The plaintexts of `follow,tls,raw` taps: hexadecimal lines, the server's behind a tab. */
export function follows(output: string): { client: string; server: string }[] {
  const streams: { client: string; server: string }[] = [];
  output
    .split(/^={3,}$/m)
    .filter((part) => part.includes('Follow:'))
    .forEach((part) => {
      const index = Number(/tcp\.stream eq (\d+)/.exec(part)?.[1]);
      const lines = part.split('\n').filter((line) => /^\t?[0-9a-f]+$/.test(line));
      const text = (server: boolean) =>
        Buffer.from(
          lines
            .filter((line) => line.startsWith('\t') === server)
            .map((line) => line.trim())
            .join(''),
          'hex',
        ).toString('latin1');
      streams[index] = { client: text(false), server: text(true) };
    });
  return streams;
}
