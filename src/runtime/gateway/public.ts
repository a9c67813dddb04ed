/** What the rest of the program may use of the gateway besides its `serve.ts`. */
export { checkRoutes } from './check-routes.ts';
