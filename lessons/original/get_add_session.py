def get_add_session(request):
    res = request.session["res"]
    res = int(res) + 1
    request.session['res'] = res
    return JsonResponse({"res": res})
