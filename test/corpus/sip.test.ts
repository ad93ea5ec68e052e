import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { records, siplens } from '../support/command.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';

/** Outside captures whose messages were listed by tshark. */

type TruthMessage = {
  readonly frame: number;
  readonly transport: string;
  readonly src: string;
  readonly kind: string;
  readonly method?: string;
  readonly status?: string | number;
  readonly call_id: string;
};

const SIP = corpusPath('sip');

function truthFiles(): string[] {
  if (!hasCorpus) return [];
  return readdirSync(SIP, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.truth.json'))
    .sort();
}

describe.skipIf(!hasCorpus)('outside captures give the messages that tshark lists', () => {
  it.each(truthFiles())('%s', (name) => {
    const path = join(SIP, name);
    const truth = JSON.parse(readFileSync(path, 'utf8')) as { messages: TruthMessage[] };
    const { stdout } = siplens(['export', path.replace('.truth.json', '')]);
    const messages = records(stdout)
      .filter(({ type }) => type === 'sip_message')
      .map((message) => ({
        frame: message.frame,
        transport: message.transport,
        what: message.is_request ? message.method : String(message.status_code),
        call_id: message.call_id,
      }));
    const expected = truth.messages.map((message) => ({
      frame: message.frame,
      transport: message.transport === 'websocket' ? 'ws' : message.transport,
      what: String(message.method ?? message.status),
      call_id: message.call_id,
    }));
    expect(messages).toEqual(expected);
  });
});
