using System.Globalization;
using System.Text;
using Sluice.Local.ApiServer.CustomResources;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>Conversions between types, and optionals.</summary>
internal static class CelConversions
{
    public static void AddTo(CelFunctionSink sink)
    {
        AddNumbers(sink);
        AddTexts(sink);
        sink.Function("dyn", [CelType.A], CelType.Dyn, v => v[0]);
        sink.Function("type", [CelType.A], CelType.Type, v => CelValues.TypeOf(v[0]));
        sink.Function("duration", [CelType.String], CelType.Duration, v => CelDuration.TryParse((string)v[0]!, out var duration)
            ? duration
            : throw new CelEvaluationException($"time: invalid duration \"{v[0]}\""));
        sink.Function("timestamp", [CelType.String], CelType.Timestamp, v => DateTimeOffset.TryParse((string)v[0]!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new CelEvaluationException($"type conversion error from 'string' to 'timestamp': {v[0]}"));
        AddOptionals(sink);
    }

    private static void AddNumbers(CelFunctionSink sink)
    {
        sink.Function("int", [CelType.Int], CelType.Int, v => v[0]);
        sink.Function("int", [CelType.UInt], CelType.Int, v => (ulong)v[0]! <= long.MaxValue ? (long)(ulong)v[0]! : throw Range("uint", "int"));
        sink.Function("int", [CelType.Double], CelType.Int, v => Math.Abs((double)v[0]!) < 9.2e18 ? (long)(double)v[0]! : throw Range("double", "int"));
        sink.Function("int", [CelType.Timestamp], CelType.Int, v => ((DateTimeOffset)v[0]!).ToUnixTimeSeconds());
        sink.Function("int", [CelType.String], CelType.Int, v => long.TryParse((string)v[0]!, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Range("string", "int"));
        sink.Function("uint", [CelType.UInt], CelType.UInt, v => v[0]);
        sink.Function("uint", [CelType.Int], CelType.UInt, v => (long)v[0]! >= 0 ? (ulong)(long)v[0]! : throw Range("int", "uint"));
        sink.Function("uint", [CelType.String], CelType.UInt, v => ulong.TryParse((string)v[0]!, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Range("string", "uint"));
        sink.Function("double", [CelType.Double], CelType.Double, v => v[0]);
        sink.Function("double", [CelType.Int], CelType.Double, v => (double)(long)v[0]!);
        sink.Function("double", [CelType.UInt], CelType.Double, v => (double)(ulong)v[0]!);
        sink.Function("double", [CelType.String], CelType.Double, v => double.TryParse((string)v[0]!, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Range("string", "double"));
    }

    private static void AddTexts(CelFunctionSink sink)
    {
        foreach (var type in new[] { CelType.String, CelType.Bool, CelType.Int, CelType.UInt, CelType.Double, CelType.Bytes, CelType.Duration, CelType.Timestamp })
            sink.Function("string", [type], CelType.String, v => Text(v[0]));
        sink.Function("bytes", [CelType.String], CelType.Bytes, v => Encoding.UTF8.GetBytes((string)v[0]!));
        sink.Function("bytes", [CelType.Bytes], CelType.Bytes, v => v[0]);
        sink.Function("bool", [CelType.Bool], CelType.Bool, v => v[0]);
        sink.Function("bool", [CelType.String], CelType.Bool, v => (string)v[0]! switch
        {
            "true" or "True" or "TRUE" or "t" or "1" => true,
            "false" or "False" or "FALSE" or "f" or "0" => false,
            _ => throw Range("string", "bool"),
        });
    }

    private static void AddOptionals(CelFunctionSink sink)
    {
        var optional = CelType.Optional(CelType.A);
        sink.Function("optional.of", [CelType.A], optional, v => new CelOptional(true, v[0]));
        sink.Function("optional.none", [], CelType.Optional(CelType.Dyn), _ => CelOptional.None);
        sink.Method("hasValue", [optional], CelType.Bool, v => ((CelOptional)v[0]!).HasValue);
        sink.Method("value", [optional], CelType.A, v => ((CelOptional)v[0]!).HasValue ? ((CelOptional)v[0]!).Value : throw new CelEvaluationException("optional.none() dereference"));
        sink.Method("orValue", [optional, CelType.A], CelType.A, v => ((CelOptional)v[0]!).HasValue ? ((CelOptional)v[0]!).Value : v[1]);
        sink.Method("or", [optional, optional], optional, v => ((CelOptional)v[0]!).HasValue ? v[0] : v[1]);
    }

    public static string Text(object? value) => value switch
    {
        string text => text,
        bool truth => truth ? "true" : "false",
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        TimeSpan duration => CelDuration.Format(duration),
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null",
    };

    private static CelEvaluationException Range(string from, string to) => new($"type conversion error from '{from}' to '{to}'");
}
