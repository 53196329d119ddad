using Benchmarks;

switch (args)
{
    case ["log"]:
        LogBenchmark.Run();
        return 0;
    case ["network"]:
        return NetworkBenchmark.Run();
    case ["sendfile"]:
        return SendfileBenchmark.Run();
    case ["sendfile-raw-server", string file]:
        return RawSendfileServer.Run(file);
    default:
        Console.Error.WriteLine("""
            usage: bench NAME
              log        what the log costs beside a plain sequential pwrite
              network    what a small request and its answer cost the network layer
              sendfile   what a gigabyte of fetches costs beside a bare loop around sendfile
            """);
        return 2;
}
