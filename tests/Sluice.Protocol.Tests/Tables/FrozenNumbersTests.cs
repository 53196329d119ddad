using System.Globalization;
using Sluice.Protocol.Tables;
using Sluice.Protocol.Tests.Golden;

namespace Sluice.Protocol.Tests.Tables;

/// <summary>Numbers on the wire are those of Apache Kafka, all of them, and stay so.</summary>
public sealed class FrozenNumbersTests
{
    [Fact]
    public void Error_codes_have_the_numbers_names_and_retry_rules_of_Kafka()
    {
        var kafka = GoldenFile.Rows("error").Select(r => (Code: GoldenFile.Number(r[1]), Name: r[2], Retriable: bool.Parse(r[3]))).OrderBy(e => e.Code);
        var ours = Enum.GetValues<ErrorCode>().Select(e => (Code: (short)e, Name: e.ProtocolName(), Retriable: e.IsRetriable())).OrderBy(e => e.Code);
        Assert.Equal(kafka, ours);
    }

    [Fact]
    public void An_unknown_error_code_is_named_by_its_number() => Assert.Equal("12345", ((ErrorCode)12345).ProtocolName());

    [Fact]
    public void Apis_have_the_numbers_names_and_versions_of_Kafka()
    {
        var kafka = GoldenFile.Rows("api").Select(r => (Key: GoldenFile.Number(r[1]), Name: r[2], Row: r)).ToList();
        Assert.Equal(kafka.Select(a => (a.Key, a.Name)), Enum.GetValues<ApiKey>().Select(a => ((short)a, a.ToString())));
        foreach ((short key, string name, string[] row) in kafka)
        {
            if (ApiTable.Find((ApiKey)key) is not { } api)
            {
                Assert.True(GoldenFile.Number(row[3]) > GoldenFile.Number(row[4]) || key is >= 4 and <= 7, name);
                continue;
            }
            Assert.Equal((name, row[3], row[4], row[5]), (api.Name, Text(api.MinVersion), Text(api.MaxVersion), Text(api.MaxStableVersion)));
            Assert.Equal((ApiKey)key, api.NewRequest().ApiKey);
            Assert.Equal((ApiKey)key, api.NewResponse().ApiKey);
            Assert.NotEqual(ApiListeners.None, api.Listeners);
        }
    }

    [Fact]
    public void Headers_have_the_versions_of_Kafka()
    {
        foreach (string[] row in GoldenFile.Rows("header"))
        {
            ApiInfo api = ApiTable.Get((ApiKey)GoldenFile.Number(row[1]));
            short version = GoldenFile.Number(row[2]);
            Assert.True(api.Has(version), $"{api.Name} {version}");
            Assert.Equal($"{api.Name} {version} {row[3]} {row[4]}", $"{api.Name} {version} {api.RequestHeaderVersion(version)} {api.ResponseHeaderVersion(version)}");
        }
    }

    [Fact]
    public void An_api_number_from_outside_may_be_anything()
    {
        foreach (short key in (short[])[-1, 4, 93, 1000, short.MinValue, short.MaxValue]) Assert.Null(ApiTable.Find((ApiKey)key));
        Assert.Throws<ArgumentOutOfRangeException>(() => ApiTable.Get((ApiKey)4));
    }

    private static string Text(short number) => number.ToString(CultureInfo.InvariantCulture);
}
