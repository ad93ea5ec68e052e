import { join } from 'node:path';
import { readSmallFile } from '../../io/read-whole.js';
import type { SipMessage } from '../../sip/message.js';
import { headText, judgeAnswer } from '../../vectors/answer.js';
import type { Answer } from '../../vectors/expectation.js';
import type { VectorsOptions } from '../commands/vectors.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { Output, tell } from '../output/output.js';
import { replay } from './replay.js';

/** Longest wait for an answer, in seconds. */
const MAX_WAIT = 300;

/** `siplens vectors --replay`: sends one vector of a folder and judges what comes back. */
export async function replayVector(
  out: string,
  transportText: string,
  addressText: string,
  names: readonly string[],
  options: VectorsOptions,
): Promise<ExitCode> {
  const transport = (['udp', 'tcp', 'tls'] as const).find((one) => one === transportText);
  if (transport === undefined) throw new UsageError(`--replay ${transportText}: choose udp, tcp or tls`);
  const { host, port } = parseHostPort(addressText);
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) {
    throw new UsageError(
      '--replay sends one vector at a time: name one, as `siplens vectors signed --replay ...`',
    );
  }
  if (!/^[a-z0-9.-]+$/.test(name) || name.startsWith('.')) throw new UsageError(`there is no vector ${name}`);
  const folder = join(out, name);
  const { answer, title } = wantedAnswer(folder, name);
  const request = readSmallFile(join(folder, 'message.sip'));
  if (!request.ok) throw new UsageError(`${name}: this vector has no message that could be sent`);
  const seconds = Number(options.wait);
  if (!(seconds > 0 && seconds <= MAX_WAIT)) {
    throw new UsageError(`--wait ${options.wait}: seconds, at most ${MAX_WAIT}`);
  }
  const trusted = options.ca === undefined ? undefined : pem(options.ca);
  tell(`sends ${name} (${title}) to ${host}:${port} over ${transport.toUpperCase()}`);
  const result = await replay({
    transport,
    host,
    port,
    request: request.bytes,
    waitMilliseconds: seconds * 1000,
    ...(trusted === undefined ? {} : { trusted }),
  });
  if (!result.ok) {
    tell(result.message);
    return EXIT.incomplete;
  }
  const { answers, ended, protection } = result.value;
  const output = new Output();
  if (protection !== undefined) {
    const certificate = trusted === undefined ? 'not checked (--ca gives trust anchors)' : 'trusted';
    output.line(`${protection}; the device's certificate is ${certificate}`);
  }
  for (const received of answers) for (const line of headText(received)) output.line(line);
  const judgement = judgeAnswer(answer, finalStatus(answers));
  if (ended === 'closed') output.line('The device closed the connection.');
  output.line(`${judgement.verdict}: ${judgement.sentence}`);
  await output.flush();
  return judgement.verdict === 'wrong' ? EXIT.failed : EXIT.done;
}

function finalStatus(answers: readonly (SipMessage & { kind: 'response' })[]): number | undefined {
  return answers.find(({ statusCode }) => statusCode >= 200)?.statusCode;
}

/** `host:port`, `[2001:db8::1]:port`. */
function parseHostPort(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port > 0 && port < 65_536)) {
    throw new UsageError(`--replay ${text}: write the address as HOST:PORT`);
  }
  return { host, port };
}

function wantedAnswer(folder: string, name: string): { readonly answer: Answer; readonly title: string } {
  const file = readSmallFile(join(folder, 'expected.json'));
  if (!file.ok) {
    throw new UsageError(
      `${folder}: there is no vector there; \`siplens vectors ${name} --out DIR\` makes it`,
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(file.bytes).toString('utf8'));
  } catch {
    throw new UsageError(`${join(folder, 'expected.json')}: this is no JSON`);
  }
  const { answer, title, mistake_of: by } = parsed as Readonly<Record<string, unknown>>;
  if (answer !== 'accept' && answer !== 'refuse' && answer !== 'either') {
    throw new UsageError(`${join(folder, 'expected.json')}: it does not say what answer is right`);
  }
  if (by === 'server') {
    throw new UsageError(
      `${name}: the mistake is the server's, and the device would be the server; it cannot be sent`,
    );
  }
  return { answer, title: String(title) };
}

function pem(path: string): string {
  const file = readSmallFile(path);
  if (!file.ok) throw new UsageError(file.message);
  return Buffer.from(file.bytes).toString('latin1');
}
