using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Sluice.Local.ApiServer.Documents;

/// <summary>
/// An amount such as "500m" or "1.5Gi", held exactly as a whole number of nano units, and written in the one form that the real
/// server gives it.
/// </summary>
internal readonly partial struct Quantity : IComparable<Quantity>
{
    private static readonly BigInteger Nano = 1_000_000_000;

    private static readonly string[] DecimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

    private static readonly string[] BinarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    private readonly BigInteger _nanos;
    private readonly QuantityForm _form;

    private Quantity(BigInteger nanos, QuantityForm form)
    {
        _nanos = nanos;
        _form = form;
    }

    /// <summary>How the amount was written, which its canonical form keeps.</summary>
    private enum QuantityForm
    {
        Decimal,
        Binary,
        Exponent,
    }

    public int Sign => _nanos.Sign;

    public bool IsWhole => _nanos % Nano == 0;

    public static bool TryParse(string text, out Quantity quantity)
    {
        quantity = default;
        var match = Pattern().Match(text);
        if (!match.Success || text.Length > 64)
            return false;
        var (number, suffix) = (match.Groups[1].Value, match.Groups[2].Value);
        if (!TryScale(suffix, out var factor, out var form))
            return false;
        var point = number.IndexOf('.', StringComparison.Ordinal);
        var digits = number.Replace(".", "", StringComparison.Ordinal);
        if (!BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return false;
        var denominator = point < 0 ? BigInteger.One : BigInteger.Pow(10, number.Length - point - 1);
        // What is below a nano unit is rounded up, away from zero.
        var scaled = whole * factor.Numerator * Nano;
        var divisor = denominator * factor.Denominator;
        var (quotient, rest) = (BigInteger.Divide(scaled, divisor), BigInteger.Remainder(scaled, divisor));
        quantity = new Quantity(rest.IsZero ? quotient : quotient + rest.Sign, form);
        return true;
    }

    public int CompareTo(Quantity other) => _nanos.CompareTo(other._nanos);

    public Quantity Add(Quantity other) => new(_nanos + other._nanos, _form);

    public Quantity Subtract(Quantity other) => new(_nanos - other._nanos, _form);

    /// <summary>The amount as a whole number, when it is one that fits.</summary>
    public long? AsLong() => IsWhole && _nanos / Nano is var whole && whole >= long.MinValue && whole <= long.MaxValue ? (long)whole : null;

    public double AsDouble() => (double)_nanos / 1e9;

    /// <summary>The canonical form.</summary>
    public override string ToString()
    {
        if (_form == QuantityForm.Binary && IsWhole && BigInteger.Abs(_nanos / Nano) >= 1024)
            return WriteBinary(_nanos / Nano);
        return _form == QuantityForm.Exponent ? WriteExponent() : WriteDecimal();
    }

    private static string WriteBinary(BigInteger whole)
    {
        var power = 0;
        while (power < BinarySuffixes.Length - 1 && whole % 1024 == 0 && !whole.IsZero)
        {
            whole /= 1024;
            power++;
        }

        return whole.ToString(CultureInfo.InvariantCulture) + BinarySuffixes[power];
    }

    private string WriteDecimal()
    {
        var (value, power) = (_nanos, 0);
        while (power < DecimalSuffixes.Length - 1 && value % 1000 == 0 && !value.IsZero)
        {
            value /= 1000;
            power++;
        }

        return value.IsZero ? "0" : value.ToString(CultureInfo.InvariantCulture) + DecimalSuffixes[power];
    }

    private string WriteExponent()
    {
        var (value, exponent) = (_nanos, -9);
        while (value % 1000 == 0 && !value.IsZero)
        {
            value /= 1000;
            exponent += 3;
        }

        return value.IsZero ? "0" : exponent == 0 ? value.ToString(CultureInfo.InvariantCulture) : $"{value}e{exponent}";
    }

    private static bool TryScale(string suffix, out (BigInteger Numerator, BigInteger Denominator) factor, out QuantityForm form)
    {
        factor = (1, 1);
        form = QuantityForm.Decimal;
        if (suffix.Length > 1 && suffix[0] is 'e' or 'E' && int.TryParse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent))
        {
            form = QuantityForm.Exponent;
            factor = exponent >= 0 ? (BigInteger.Pow(10, Math.Min(exponent, 40)), 1) : (1, BigInteger.Pow(10, Math.Min(-exponent, 40)));
            return Math.Abs(exponent) <= 40;
        }

        var binary = Array.IndexOf(BinarySuffixes, suffix);
        if (suffix.Length > 0 && binary > 0)
        {
            form = QuantityForm.Binary;
            factor = (BigInteger.Pow(1024, binary), 1);
            return true;
        }

        var power = Array.IndexOf(DecimalSuffixes, suffix);
        if (power < 0)
            return false;
        factor = power >= 3 ? (BigInteger.Pow(1000, power - 3), 1) : (1, BigInteger.Pow(1000, 3 - power));
        return true;
    }

    [GeneratedRegex(@"^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([eE][+-]?[0-9]{1,3}|[numkMGTPE]|[KMGTPE]i)?\z")]
    private static partial Regex Pattern();
}
