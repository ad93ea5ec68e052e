import { readFileSync } from 'node:fs';
import { CaptureAnalyzer } from '../../src/analyzer/capture-analyzer.js';
import { type AnalysisContext, createContext } from '../../src/analyzer/context.js';
import type { AnalyzerEvent } from '../../src/analyzer/events.js';
import { analyzeMessageFile } from '../../src/analyzer/message-file.js';
import { detectFileKind } from '../../src/capture/detect.js';
import { createCaptureReader } from '../../src/capture/reader.js';
import { Keyring } from '../../src/keys/keyring.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import { type JsonRecord, toRecord } from '../../src/report/records/to-record.js';
import { ROOT } from './root.js';

/** A context with the samples' keys and certificates that are named. */
export function contextWith(...files: readonly string[]): AnalysisContext {
  const keyring = new Keyring();
  for (const file of files) {
    const loaded = loadKeyMaterial(file, readFileSync(`${ROOT}samples/${file}`));
    if (!loaded.ok) throw new Error(loaded.error.message);
    keyring.add(loaded.value);
  }
  return createContext({ keyring, certificates: [], anchors: [], now: 1_108_774_087 }).context;
}

/** All that a run over these bytes says, as the JSON has it; bodies and findings are worked out too. */
export function analyzeBytes(bytes: Uint8Array, context: AnalysisContext): JsonRecord[] {
  const found: JsonRecord[] = [];
  const listener = (event: AnalyzerEvent): void => {
    found.push(toRecord(event));
  };
  const kind = detectFileKind(bytes);
  if (kind === 'pcap' || kind === 'pcapng') {
    const analyzer = new CaptureAnalyzer('test', context, listener);
    const reader = createCaptureReader(kind, analyzer);
    reader.push(bytes);
    reader.end();
    analyzer.end();
    analyzer.finish();
  } else if (kind === 'sip' || kind === 'mime' || kind === 'cms') {
    analyzeMessageFile('test', kind, bytes, context, listener);
  }
  return found;
}
