// PostGraphile over the product's tables, one process, as its documentation says for production.
import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({ connectionString: process.env.DATABASE_URL, schemas: ["public"], poolConfig: { max: 10 } }),
  ],
  disablePlugins: ["PgIndexBehaviorsPlugin"], // it knows of an index only what its first column is
  schema: { defaultBehavior: "+connection -insert -update -delete" },
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
};

const instance = postgraphile(preset).createServ(grafserv);
const server = createServer();
server.on("error", (error) => console.error(error));
await instance.addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
if (process.env.PRINT_SCHEMA) {
  const { printSchema } = await import("postgraphile/graphql");
  console.log(printSchema((await postgraphile(preset).getSchemaResult()).schema));
}
