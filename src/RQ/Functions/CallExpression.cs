using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace RQ.Functions;

/// <summary>Reads the method and the arguments out of an enqueue lambda.</summary>
internal static class CallExpression
{
    public static JobCall Read(LambdaExpression lambda)
    {
        ArgumentNullException.ThrowIfNull(lambda);
        MethodCallExpression call = CallOf(lambda);
        var method = CalledMethod.Of(call.Method, call.Object?.Type);
        // A stub's object is not needed either.
        if (!method.IsStub)
            CheckTarget(call, lambda);

        var arguments = new CallArguments(method);
        CallArguments? shown = method.HasRedacted ? new CallArguments(method) : null;
        // Unlike call.Arguments this makes no list.
        IArgumentProvider given = call;
        for (int i = 0; i < method.Parameters.Length; i++)
        {
            CalledParameter parameter = method.Parameters[i];
            if (parameter.Place == ArgumentPlace.Nowhere)
                continue;
            object? value = Evaluate(given.GetArgument(i), method, parameter);
            arguments.Add(parameter, value);
            shown?.AddShown(parameter, value);
        }

        return JobCall.To(method, arguments, shown);
    }

    /// <summary>The queue that the method's attribute names; <c>null</c> for none. Evaluates nothing.</summary>
    /// <exception cref="ArgumentException">The lambda is something else than a call, or its method cannot be a job.</exception>
    public static string? QueueOf(LambdaExpression lambda)
    {
        ArgumentNullException.ThrowIfNull(lambda);
        MethodCallExpression call = CallOf(lambda);
        return CalledMethod.Of(call.Method, call.Object?.Type).Attribute?.Queue;
    }

    private static MethodCallExpression CallOf(LambdaExpression lambda)
    {
        Expression body = lambda.Body;
        while (body is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } conversion)
            body = conversion.Operand;
        return body as MethodCallExpression
            ?? throw new ArgumentException($"A job is one method call, such as () => Words.CountAtUrl(url); '{lambda}' is something else.", nameof(lambda));
    }

    private static void CheckTarget(MethodCallExpression call, LambdaExpression lambda)
    {
        if (call.Object is null)
        {
            if (call.Method.IsDefined(typeof(ExtensionAttribute), inherit: false) && lambda.Parameters.Contains(call.Arguments[0]))
                throw new ArgumentException($"'{JobMethod.NameOf(call.Method)}' is an extension method of the lambda's parameter. Call it on a value, or enqueue an instance method.");
            return;
        }

        // The object itself is not stored: the worker makes one of the same type.
        if (call.Object is ParameterExpression parameter && lambda.Parameters.Contains(parameter))
            return;
        if (call.Object is NewExpression { Arguments.Count: 0 })
            return;
        throw new ArgumentException(
            $"'{JobMethod.NameOf(call.Method)}' is called on an object of this process, which a worker does not have. " +
            $"Write ({call.Object.Type.Name} x) => x.{call.Method.Name}(…): the worker makes the object, from its service provider if it has one.");
    }

    private static object? Evaluate(Expression argument, CalledMethod method, CalledParameter parameter)
    {
        object? value;
        try
        {
            if (!TryRead(argument, out value))
                value = Compute(argument);
        }
        catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException)
        {
            throw new ArgumentException(
                $"The argument '{parameter.Name}' of '{method.Name}' cannot be evaluated before the job runs: {exception.Message}", exception);
        }

        return value is Delegate or Expression
            ? throw new ArgumentException($"The argument '{parameter.Name}' of '{method.Name}' is code, which cannot be stored. Pass data.")
            : value;
    }

    // Constants, variables, their fields and properties are by far the most arguments, and to compile an expression takes a hundred times as long.
    // Nothing is evaluated before it is clear that this can evaluate all of it, but for what a null on the way will end anyway.
    private static bool TryRead(Expression expression, out object? value)
    {
        value = null;
        switch (expression)
        {
            case ConstantExpression constant:
                value = constant.Value;
                return true;
            case MemberExpression { Member: FieldInfo field } member when TryReadOwner(member, out object? owner):
                value = field.GetValue(owner);
                return true;
            case MemberExpression { Member: PropertyInfo { GetMethod: { } getter } } member when TryReadOwner(member, out object? owner):
                value = getter.Invoke(owner, BindingFlags.DoNotWrapExceptions, null, null, null);
                return true;
            // Boxing, or seeing an object as its base: it stays the same.
            case UnaryExpression { NodeType: ExpressionType.Convert, Method: null } conversion when conversion.Type.IsAssignableFrom(conversion.Operand.Type):
                return TryRead(conversion.Operand, out value);
            default:
                return false;
        }
    }

    /// <summary>The object that has the member; <c>null</c> for that of a static one.</summary>
    private static bool TryReadOwner(MemberExpression member, out object? owner)
    {
        owner = null;
        return member.Expression is null
            || (Nullable.GetUnderlyingType(member.Expression.Type) is null && TryRead(member.Expression, out owner) && owner is not null);
    }

    private static object? Compute(Expression argument)
    {
        UnaryExpression boxed = Expression.Convert(argument, typeof(object));
        return Expression.Lambda<Func<object?>>(boxed).Compile(preferInterpretation: true)();
    }
}
