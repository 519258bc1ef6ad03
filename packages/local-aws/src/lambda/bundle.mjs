/**
 * Loads a bundle as a module of its own, again for each execution environment, with the code that V8
 * made of it the first time: compiling takes most of a cold start, and what is compiled never changes.
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';

/** What the bundle imports of Node; the values are those of now, the virtual ones. */
async function importBuiltin(specifier) {
  const found = await import(specifier);
  const names = Object.keys(found);
  return new vm.SyntheticModule(names, function setExports() {
    for (const name of names) this.setExport(name, found[name]);
  });
}

/** @param code what an earlier call returned for the same file, or undefined */
export async function loadBundle(file, code) {
  const { href } = pathToFileURL(file);
  const module = new vm.SourceTextModule(await readFile(file, 'utf8'), {
    identifier: href,
    cachedData: code,
    initializeImportMeta: (meta) => {
      meta.url = href;
    },
    importModuleDynamically: (specifier) => import(specifier),
  });
  const made = code ? undefined : module.createCachedData();
  await module.link(importBuiltin);
  await module.evaluate();
  return { exports: module.namespace, code: made };
}
