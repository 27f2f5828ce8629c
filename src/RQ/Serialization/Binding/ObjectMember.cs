using System.Text.Json.Serialization.Metadata;

namespace RQ.Serialization;

/// <summary>A member of a class, record or struct that values are bound to.</summary>
/// <param name="Name">Its name in data.</param>
/// <param name="Type">The type that the value is bound to.</param>
/// <param name="Parameter">The place of the constructor's parameter that it is given to, −1 for none.</param>
/// <param name="Set">Sets it, where it is no parameter.</param>
/// <param name="IsRequired">Whether it must be there, where it is no parameter.</param>
/// <param name="Json">How System.Text.Json reads it, where a converter is asked for.</param>
internal sealed record ObjectMember(string Name, Type Type, int Parameter, Action<object, object?>? Set, bool IsRequired, JsonTypeInfo? Json)
{
    public static ObjectMember Of(JsonPropertyInfo member, JsonTypeInfo owner, int parameter) => new(
        member.Name, member.PropertyType, parameter, member.Set, member.IsRequired,
        DataContracts.JsonOf(member, owner));

    public object? Bind(object? data)
    {
        try
        {
            return Json is null ? DataBinder.Bind(data, Type) : BindJson(data);
        }
        catch (DataBindingException misfit) when (misfit.IsIn("." + Name))
        {
            throw;
        }
    }

    // Names of enum members are understood as everywhere; the converter is asked about others.
    private object? BindJson(object? data)
    {
        if ((Nullable.GetUnderlyingType(Type) ?? Type).IsEnum)
        {
            try
            {
                return DataBinder.Bind(data, Type);
            }
            catch (DataBindingException)
            {
                // Then it is a name that only the converter knows.
            }
        }

        try
        {
            return JsonBinder.Bind(data, Json!);
        }
        catch (Exception exception) when (exception is not (DataBindingException or OutOfMemoryException))
        {
            throw DataKind.Misfit(data, Type, exception.Message, exception);
        }
    }
}
