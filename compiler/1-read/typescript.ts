/** The one place that loads TypeScript. */
export { default as ts } from "typescript";
