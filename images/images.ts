/** Step images, from outside this folder: plan (offline, for `compile`), lock and push (with a registry). */
export { checkImages } from "./check-images.ts";
export { anonymous, type Credentials, dockerCredentials } from "./credentials.ts";
export { environmentName, makeEnvironment } from "./environments.ts";
export { formatLock, LOCK_FILE, type Lock, parseLock } from "./lock.ts";
export { type LockChange, lockChanges, staleEntries } from "./lock-changes.ts";
export { type LockInput, lockImages } from "./lock-images.ts";
export {
  type ImagePlan,
  imageReferences,
  type PlanInput,
  planImages,
  requirementsOnImages,
  type StepImage,
} from "./plan.ts";
export { LABELS, type Provenance, readProvenance } from "./provenance.ts";
export { type PushEvent, type PushOptions, type PushResult, pushImages } from "./push.ts";
export { Registry, registries } from "./registry.ts";
export { RegistryError } from "./registry-error.ts";
export type { HttpOptions } from "./registry-http.ts";
export {
  containerRequirements,
  originOfRequirements,
  type RequirementsFiles,
  readRequirements,
  unpinned,
} from "./requirements.ts";
export { loadRuntimeLayer, RUNTIME_FOLDER, type RuntimeLayer, SOURCE_FOLDER } from "./runtime-layer.ts";
export { AIRFLOW_LOCK, checkSharedEnvironment } from "./shared-environment.ts";
export { collectSources, type RunFile } from "./sources.ts";
