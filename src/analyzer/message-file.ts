import type { ByteSource } from '../bytes/field.js';
import { checkEntity } from '../checks/table.js';
import { openCmsBody, openEntityBody } from './body.js';
import type { AnalysisContext } from './context.js';
import type { Listener } from './events.js';
import { sipMessageEvent } from './sip-event.js';

/** What a file that is one message alone may be. */
export type MessageFileKind = 'sip' | 'mime' | 'cms';

/** Analyzes a file that is a SIP message, a MIME entity or a CMS blob (BER; armour undone by the caller). */
export function analyzeMessageFile(
  file: string,
  kind: MessageFileKind,
  bytes: Uint8Array,
  context: AnalysisContext,
  listener: Listener,
): void {
  if (kind === 'sip') {
    const facts = {
      file,
      frame: undefined,
      frames: [],
      transport: undefined,
      source: undefined,
      destination: undefined,
      tcpStream: undefined,
      tls: undefined,
      framingFaults: [],
    };
    const event = sipMessageEvent(bytes, facts, context);
    if (event.ok) {
      listener(event.value, context.plainMessage.read(bytes) ? context.plainMessage : undefined);
      return;
    }
    const { message, offset } = event.error;
    listener({ type: 'error', file, message: `the SIP message is not read: ${message}`, offset });
    return;
  }
  const source: ByteSource = { name: kind === 'mime' ? 'MIME entity' : 'CMS', bytes };
  const opening = {
    context,
    atSeconds: context.judgeAt ?? context.now,
    sender: undefined,
    budget: context.work.budget(bytes.length),
    isFile: true as const,
  };
  const body =
    kind === 'mime' ? openEntityBody(source, opening) : openCmsBody(source, opening, context.detachedContent);
  listener({ type: 'entity', file, body, findings: checkEntity(body) });
}
