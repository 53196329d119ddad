using Benchmarks;

switch (args)
{
    case ["log"]:
        LogBenchmark.Run();
        return 0;
    case ["sendfile"]:
        return SendfileBenchmark.Run();
    case ["sendfile-raw-server", string file]:
        return RawSendfileServer.Run(file);
    default:
        Console.Error.WriteLine("""
            usage: bench NAME
              log        what the log costs beside a plain sequential pwrite
              sendfile   what a gigabyte of fetches costs beside a bare loop around sendfile
            """);
        return 2;
}
