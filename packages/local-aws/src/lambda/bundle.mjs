/**
 * Loads a bundle anew for each execution environment. A thread that serves one environment imports it as
 * Lambda does. A thread that serves many compiles it once: compiling takes most of a cold start, and what
 * is compiled never changes.
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';

/** @returns its exports */
export function importBundle(file) {
  return import(pathToFileURL(file).href);
}

/**
 * @param code what an earlier call returned for the same file, or undefined
 * @returns its exports, and what V8 made of it if that was not given
 */
export async function loadBundle(file, code) {
  const { href } = pathToFileURL(file);
  const source = await readFile(file, 'utf8');
  const module = new vm.SourceTextModule(withoutDynamicImports(source), {
    identifier: href,
    cachedData: code,
    initializeImportMeta: (meta) => {
      Object.assign(meta, { url: href, importBuiltin: (specifier) => import(specifier) });
    },
  });
  const made = code ? undefined : module.createCachedData();
  await module.link(linkBuiltin);
  await module.evaluate();
  return { exports: module.namespace, code: made };
}

/**
 * A module of V8's code cache cannot import dynamically in Node 20. The SDK does so for modules of Node only
 * (its HTTP handler); the same modules come by way of import.meta instead.
 */
function withoutDynamicImports(source) {
  return source.replaceAll(/\bimport\((?=["']node:)/g, 'import.meta.importBuiltin(');
}

/** What bundles import of Node, with the values of now, the virtual ones. Kept: Node 20 holds them weakly. */
const builtins = new Map();

async function linkBuiltin(specifier) {
  const found = await import(specifier);
  if (!builtins.has(specifier)) {
    const names = Object.keys(found);
    const module = new vm.SyntheticModule(names, function setExports() {
      for (const name of names) this.setExport(name, found[name]);
    });
    builtins.set(specifier, module);
  }
  return builtins.get(specifier);
}
