// Type-checks each object of a @graph as schema.org's own vocabulary has it (schema-dts), without network.
// usage: node vocabulary.mjs FILE     prints a list of what the compiler says, empty where nothing is wrong
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';

const {'@context': context, '@graph': graph} = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const rows = graph.map((one, number) => {
  const type = one['@type'] === 'Claim' ? 'Claim' : 'ClaimReview';
  return `export const thing${number}: WithContext<${type}> = ${JSON.stringify({'@context': context, ...one})};`;
});
const source = ["import type {Claim, ClaimReview, WithContext} from 'schema-dts';", ...rows].join('\n');
const file = fileURLToPath(new URL('exported.ts', import.meta.url));  // never written
const options = {
  strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
};
const host = ts.createCompilerHost(options);
const {getSourceFile, fileExists, readFile} = host;
host.fileExists = name => name === file || fileExists(name);
host.readFile = name => name === file ? source : readFile(name);
host.getSourceFile = (name, version) =>
  name === file ? ts.createSourceFile(name, source, version) : getSourceFile(name, version);
const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
console.log(JSON.stringify(found.map(one => ts.flattenDiagnosticMessageText(one.messageText, '\n'))));
