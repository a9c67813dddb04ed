export const openapi: { paths: object } = { paths: {} };
