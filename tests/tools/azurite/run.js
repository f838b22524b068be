// Azurite for as long as whoever started it lives: it ends when its standard input does.
process.stdin.on("end", () => process.exit(0)).resume();
require("azurite/dist/src/azurite");
